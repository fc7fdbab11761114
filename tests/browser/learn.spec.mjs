// Lessons: found, bet on, run, failed, mended by any design that will do, and come back to; by mouse and by keyboard alone.
import { readdir, readFile } from "node:fs/promises";
import { expect, keys, open, openFile, test } from "./lib/page.mjs";

const folder = new URL("../../src/lessons/", import.meta.url);

/** Opens a lesson from the list. */
async function openLesson(page, name) {
  await page.getByTestId("learn").click();
  await page.getByTestId(`lesson-${name}`).click();
  await expect(page.getByTestId("lesson")).toBeVisible();
}

/** Lets the run that is under way come to its end. */
async function toTheEnd(page) {
  await page.getByTestId("lesson-hurry").click();
  await expect(page.getByTestId("lesson-hurry")).toHaveCount(0, { timeout: 60_000 });
}

/** Sets a parameter of a part by its field. */
async function set(page, part, parameter, value) {
  await page.locator(".node", { hasText: part }).click();
  const field = page.getByTestId(`parameter-${parameter}-entry`);
  await field.fill(value);
  await field.press("Enter");
}

test("a lesson by mouse: the bet is drawn, held against the fact, the task failed, then done by a design of one's own", async ({ page }) => {
  // Several whole runs are waited for.
  test.setTimeout(120_000);
  await open(page);
  await openLesson(page, "client-and-server");
  await expect(page.getByTestId("lesson")).toContainText("Client and server");
  const ground = await page.getByTestId("guess-ground").boundingBox();
  await page.mouse.move(ground.x + 1, ground.y + ground.height * 0.75);
  await page.mouse.down();
  for (let step = 1; step <= 24; step += 1) {
    await page.mouse.move(ground.x + (ground.width * step) / 24, ground.y + ground.height * (0.75 - step / 48));
  }
  await page.mouse.up();
  const values = await Promise.all([0, 3, 6].map((index) => page.getByTestId(`guess-point-${index}`).getAttribute("aria-valuenow")));
  expect(Number(values[0])).toBeLessThan(Number(values[1]));
  expect(Number(values[1])).toBeLessThan(Number(values[2]));
  await page.getByTestId("lesson-bet").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-judged")).toContainText("You said".toLowerCase(), { ignoreCase: true });
  // What a word means is said where it stands.
  await page.locator(".term", { hasText: "knee" }).click();
  await expect(page.getByTestId("term")).toContainText("Kleinrock");
  await page.getByTestId("lesson-on").click();
  await page.getByTestId("lesson-run").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Not yet");
  // Whoever has failed finds a hint before all the figures.
  const [hint, beside] = await Promise.all(["lesson-hint", "lesson-beside"].map((name) => page.getByTestId(name).boundingBox()));
  expect(hint.y).toBeLessThan(beside.y);
  await expect(page.getByTestId("lesson-objective-1")).toContainText("missed");
  await expect(page.getByTestId("lesson-objective-2")).toContainText("kept");
  // Neither of the lesson's own ways: two cores and a half of the threads.
  await set(page, "Server", "threads", "500");
  await set(page, "Server", "cores", "2");
  await expect(page.getByTestId("lesson-beside")).toContainText("▲");
  await page.getByTestId("lesson-run").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Done");
  // Then the ways stand side by side, each run.
  await expect(page.getByTestId("lesson-way-1")).toContainText("p99");
  await expect(page.getByTestId("lesson-way-3")).toContainText("✗", { timeout: 20_000 });
  await page.getByTestId("lesson-leave").click();
  await expect(page.getByTestId("lesson")).toHaveCount(0);
  await expect(page.locator(".node", { hasText: "Server" })).toContainText("2 cores");
  await page.getByTestId("learn").click();
  await expect(page.getByTestId("lesson-client-and-server")).toContainText("done");
});

/** Runs the task to its end; `go` presses a button of the lesson. */
async function runTask(page, go, verdict) {
  await go("lesson-run");
  await go("lesson-hurry");
  await expect(page.getByTestId("lesson-verdict")).toContainText(verdict, { timeout: 60_000 });
}

// Each kind of bet once more by mouse, and mended by hand in the inspector.
const byHand = [
  {
    name: "database",
    bet: (page) => page.locator(".guess-part", { hasText: "Server" }).click(),
    mend: (page) => set(page, "Server", "threads", "48"),
  },
  {
    name: "load-balancer",
    bet: async (page) => {
      const scale = await page.getByTestId("guess-number").boundingBox();
      await page.mouse.click(scale.x + scale.width * 0.8, scale.y + scale.height / 2);
    },
    mend: async (page) => {
      await page.locator(".node", { hasText: "Balancer" }).click();
      await page.getByTestId("parameter-balancing_policy-choice").selectOption("least_connections");
      await page.getByTestId("parameter-outlier_ejection-switch").click();
    },
  },
];
for (const { name, bet, mend } of byHand) {
  test(`the lesson ${name} by mouse, to a fail and to a pass`, async ({ page }) => {
    // Several whole runs are waited for.
    test.setTimeout(120_000);
    const press = (id) => page.getByTestId(id).click();
    await open(page);
    await openLesson(page, name);
    await bet(page);
    await press("lesson-bet");
    await press("lesson-hurry");
    await expect(page.getByTestId("lesson-judged")).toContainText("You said", { timeout: 60_000 });
    if (name === "database") await expect(page.locator(".term-whole", { hasText: "Little" })).toHaveText("(Little's law):");
    await press("lesson-on");
    await runTask(page, press, "Not yet");
    await mend(page);
    await runTask(page, press, "Done");
  });
}

test("a whole lesson is heard and keeps the focus, from the list to the next one", async ({ page }) => {
  // Three whole runs are waited for.
  test.setTimeout(120_000);
  const lesson = page.getByTestId("lesson");
  const says = (words) => expect(page.getByTestId("status")).toHaveText(words);
  /** Presses a button of the lesson, whatever becomes of it. */
  const press = async (id) => {
    await page.getByTestId(id).focus();
    await keys(page, "Enter");
  };
  await open(page);
  await page.getByTestId("learn").focus();
  await keys(page, "Enter");
  await expect(page.getByTestId("lessons")).toMatchAriaSnapshot(`
    - dialog "Lessons":
      - heading "Lessons" [level=2]
      - heading "One idea each" [level=3]
      - button /1 Client and server/
  `);
  // The stages stand beside the ideas, where somebody sees them.
  const [idea, stage] = await Promise.all(["client-and-server", "stage-0"].map((name) => page.getByTestId(`lesson-${name}`).boundingBox()));
  expect(Math.abs(idea.y - stage.y)).toBeLessThan(2);
  expect(stage.x).toBeGreaterThanOrEqual(idea.x + idea.width);
  await press("lesson-client-and-server");
  await expect(lesson).toBeFocused();
  await says("The lesson “Client and server” stands beside the drawing.");
  await expect(lesson).toMatchAriaSnapshot(`
    - complementary /Lesson. Client and server/:
      - heading "Client and server" [level=2]
      - group "p99 by your bet":
        - slider "Your bet at 20 /s"
      - button "Place your bet first" [disabled]
  `);
  await page.getByTestId("guess-point-0").focus();
  await keys(page, "ArrowUp");
  await expect(lesson.getByRole("button", { name: "Place the bet and run" })).toBeEnabled();
  await press("lesson-bet");
  await says("The run has begun.");
  await expect(page.getByTestId("lesson-hurry")).toBeFocused();
  await expect(lesson.getByRole("progressbar", { name: "The run" })).toHaveAttribute("aria-valuenow", /\d/);
  await press("lesson-hurry");
  // What led to the end is gone; what became of the bet has the focus.
  await expect(page.getByTestId("lesson-judged")).toBeFocused({ timeout: 60_000 });
  await says(/^The run has ended\. (Right|Close|A surprise)\. .*you said /);
  await expect(lesson.getByRole("listitem").filter({ hasText: "90 /s: you said" })).toHaveCount(1);
  await press("lesson-on");
  await expect(lesson).toBeFocused();
  await press("lesson-run");
  await expect(page.getByTestId("lesson-hurry")).toBeFocused();
  await keys(page, "Enter");
  await expect(page.getByTestId("lesson-verdict")).toBeFocused({ timeout: 60_000 });
  await says("Not yet: see which objective is missed.");
  await press("lesson-hint");
  for (const hint of [1, 2, 3]) {
    await says(`Hint ${hint} of 3 stands above.`);
    await expect(page.getByTestId(hint < 3 ? "lesson-hint" : "lesson-answer")).toBeFocused();
    await keys(page, "Enter");
  }
  await says("“A second core” is drawn. Run it to have it graded.");
  await expect(page.getByTestId("lesson-answer")).toBeFocused();
  await press("lesson-run");
  await expect(page.getByTestId("lesson-hurry")).toBeFocused();
  await keys(page, "Enter");
  await expect(page.getByTestId("lesson-verdict")).toBeFocused({ timeout: 60_000 });
  await says("Done: every objective is kept.");
  await expect(lesson).toMatchAriaSnapshot(`
    - list:
      - listitem: /kept/
      - listitem: /kept/
    - table:
      - rowgroup:
        - row /Cost a month .* worse/
    - heading "Ways to go, and what each comes to" [level=3]
    - list:
      - listitem:
        - heading "A second core" [level=4]
  `);
  await press("lesson-next");
  await expect(lesson).toBeFocused();
  await expect(lesson.getByRole("heading", { level: 2 })).toHaveText("A database of its own");
});

test("on a phone the drawing stands above the lesson at every step", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page);
  await openLesson(page, "stage-1");
  const top = async () => (await page.getByTestId("lesson").boundingBox()).y;
  for (const step of ["task", "bet"]) {
    await page.getByTestId(`lesson-step-${step}`).click();
    await expect(page.getByTestId(`lesson-step-${step}`)).toHaveAttribute("aria-current", "step");
    for (const node of await page.locator(".node").all()) {
      await expect.poll(async () => (await node.boundingBox()).y + 30).toBeLessThan(await top());
    }
  }
});

test("a run in which the design changed is graded neither way, even where it was changed back", async ({ page }) => {
  await open(page, "lesson=client-and-server/task");
  await page.getByTestId("lesson-run").click();
  await expect(page.getByTestId("lesson-hurry")).toBeVisible();
  await set(page, "Server", "cores", "2");
  // Long enough for the run to have gone on with it.
  await page.waitForTimeout(1_000);
  await page.getByTestId("canvas").focus();
  await keys(page, "Control+z");
  await expect(page.locator(".node", { hasText: "Server" })).toContainText("1 core");
  // On a busy machine it may have come to its end meanwhile.
  if (await page.getByTestId("lesson-hurry").isVisible()) await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Run it again");
  await page.getByTestId("lesson-run").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Not yet");
});

test("what isn't the learner's to change is said, and put back", async ({ page }) => {
  await open(page, "lesson=client-and-server/task");
  await expect(page.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  await set(page, "Users", "request_rate", "10");
  await page.getByTestId("lesson-run").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("What Users sends was changed");
  await page.getByTestId("lesson-put-back").click();
  await expect(page.locator(".node", { hasText: "Users" })).toContainText("90 /s");
});

test("a lesson goes on where it was left, after a reload, too", async ({ page }) => {
  await open(page, "lesson=client-and-server/task");
  await set(page, "Server", "cores", "4");
  await expect(page.getByTestId("saved")).toHaveText("saved");
  await page.reload();
  await expect(page.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  await expect(page.locator(".node", { hasText: "Server" })).toContainText("4 cores");
  // Another drawing leaves the lesson, without a question: what was drawn in it is kept with it.
  await page.getByTestId("scenarios").click();
  await page.getByTestId("scenario-stage-2").click();
  await expect(page.getByTestId("lesson")).toHaveCount(0);
  await openLesson(page, "client-and-server");
  await expect(page.locator(".node", { hasText: "Server" })).toContainText("4 cores");
});

test("nothing of what comes out is seen before the bet is placed, and nothing is run", async ({ page }) => {
  await open(page);
  await openLesson(page, "stage-6");
  const badge = page.locator(".node.bottleneck");
  await expect(page.getByTestId("results")).toContainText("shown once your bet is placed");
  await expect(page.getByTestId("headline")).toHaveCount(0);
  await expect(badge).toHaveCount(0);
  const primary = page.locator(".node", { hasText: "Primary" });
  await expect(primary).not.toContainText("%");
  await primary.click();
  await expect(page.getByTestId("ask-why-part-5")).toHaveCount(0);
  await page.getByTestId("run-play").click();
  await expect(page.getByTestId("toast")).toContainText("Place your bet first");
  await expect(page.getByTestId("run-restart")).toHaveCount(0);
  // A bet that is chosen may still be changed.
  await page.locator(".guess-part").first().click();
  await expect(page.getByTestId("lesson-bet")).toBeEnabled();
  await expect(page.getByTestId("results")).toContainText("shown once your bet is placed");
  await page.getByTestId("lesson-bet").click();
  await expect(badge).toHaveCount(1);
  await expect(primary).toContainText("%");
  await expect(page.getByTestId("headline")).toHaveCount(1);
  // Whoever looks back has seen it.
  await page.getByTestId("lesson-step-bet").click();
  await expect(page.getByTestId("lesson-step-bet")).toHaveAttribute("aria-current", "step");
  await expect(page.getByTestId("headline")).toHaveCount(1);
});

test("what runs have shown is there again after a reload, and whoever comes by a link may bet first", async ({ page }) => {
  await open(page, "lesson=client-and-server/reveal");
  await page.getByTestId("lesson-bet-first").click();
  await expect(page.getByTestId("lesson-step-bet")).toHaveAttribute("aria-current", "step");
  await page.getByTestId("guess-point-6").focus();
  await keys(page, "End");
  await page.getByTestId("lesson-bet").click();
  await toTheEnd(page);
  const judged = await page.getByTestId("lesson-judged").textContent();
  await page.reload();
  await expect(page.getByTestId("lesson-judged")).toHaveText(judged);
  await page.getByTestId("lesson-on").click();
  await page.getByTestId("lesson-run").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Not yet");
  await page.reload();
  await expect(page.getByTestId("lesson-verdict")).toContainText("Not yet");
  await expect(page.getByTestId("lesson-objective-1")).toContainText("missed");
  // Of another design it says so.
  await set(page, "Server", "cores", "2");
  await page.reload();
  await expect(page.getByTestId("lesson-verdict")).toContainText("before your last change");
});

test("the moves of stage 6 stand side by side, each with its price", async ({ page }) => {
  // Each of the four moves is run as the task is.
  test.setTimeout(120_000);
  await open(page, "lesson=stage-6/task");
  await page.getByTestId("lesson-abreast").click();
  const cards = page.getByTestId("lesson-ways").getByRole("listitem").filter({ has: page.getByRole("heading", { level: 4 }) });
  await expect(cards.nth(3)).toContainText("✓", { timeout: 100_000 });
  const boxes = await Promise.all([0, 1, 2, 3].map((place) => cards.nth(place).boundingBox()));
  expect(new Set(boxes.map((box) => Math.round(box.y))).size).toBe(1);
  expect(boxes[3].x).toBeGreaterThan(boxes[2].x + boxes[2].width);
  // One figure stands at one height in all of them.
  const rows = await Promise.all([0, 1, 2, 3].map((place) => cards.nth(place).locator("li", { hasText: "Sustains" }).boundingBox()));
  expect(new Set(rows.map((box) => Math.round(box.y))).size).toBe(1);
  for (const place of [0, 1, 2, 3]) await expect(cards.nth(place)).toContainText("Stateful parts");
  await page.keyboard.press("Escape");
  await expect(cards.first()).not.toContainText("Stateful parts");
  await expect(page.getByTestId("lesson-abreast")).toBeFocused();
});

test("what was drawn at the task is there again after looking back, by a button and by a link", async ({ page }) => {
  const server = page.locator(".node", { hasText: "Server" });
  await open(page, "lesson=client-and-server/task");
  await set(page, "Server", "cores", "4");
  await page.getByTestId("lesson-step-reveal").click();
  await expect(server).toContainText("1 core");
  await page.getByTestId("lesson-step-task").click();
  await expect(server).toContainText("4 cores");
  await page.getByTestId("lesson-step-bet").click();
  await expect(server).toContainText("1 core");
  await page.evaluate(() => {
    location.hash = "lesson=client-and-server/task";
  });
  await expect(server).toContainText("4 cores");
  await page.getByTestId("lesson-again").click();
  await expect(server).toContainText("1 core");
});

test("a run that is begun elsewhere on the page is graded like the lesson's own", async ({ page }) => {
  await open(page, "lesson=client-and-server/task");
  await expect(page.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  await page.getByTestId("run-play").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Not yet");
  await set(page, "Server", "cores", "2");
  await page.getByTestId("canvas").focus();
  await keys(page, "r");
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Done");
});

test("two tabs with a lesson each keep how far both are", async ({ page, context }) => {
  await open(page, "lesson=client-and-server/task");
  await expect(page.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  const other = await context.newPage();
  await open(other, "lesson=database/task");
  await expect(other.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  await page.getByTestId("lesson-hint").dispatchEvent("click");
  await other.getByTestId("lesson-hint").dispatchEvent("click");
  // What one tab has stored reaches the other's process a moment later.
  const hints = () =>
    page.evaluate(() => {
      const kept = JSON.parse(localStorage.getItem("loadscape.lessons")).lessons;
      return [kept["client-and-server"].hints, kept.database.hints];
    });
  await expect.poll(hints).toEqual([1, 1]);
  await page.getByTestId("lesson-hint").dispatchEvent("click");
  await expect.poll(hints).toEqual([2, 1]);
});

test("a link to a lesson that there isn't shows those that there are, and work of one's own is asked about", async ({ page }) => {
  await open(page, "lesson=nonsense");
  await expect(page.getByTestId("lessons")).toBeVisible();
  await expect(page.getByTestId("toast")).toContainText("There is no lesson “nonsense”");
  await page.evaluate(() => {
    location.hash = "lesson=";
  });
  await expect(page.getByTestId("toast").last()).toContainText("The link names no lesson");
  await keys(page, "Escape");
  await page.getByTestId("part-service").click();
  await page.getByTestId("learn").click();
  await page.getByTestId("lesson-client-and-server").click();
  await expect(page.getByTestId("question")).toContainText("a lesson");
  await page.getByTestId("question-keep").click();
  await expect(page.getByTestId("lesson")).toHaveCount(0);
  await expect(page.locator(".node")).toHaveCount(1);
});

test("nothing of the lessons is fetched before somebody asks for them", async ({ page, watch }) => {
  await open(page);
  await page.getByTestId("scenarios").click();
  await page.getByTestId("scenario-stage-1").click();
  const fetched = () => watch.requests.filter((url) => url.includes("lessons"));
  expect(fetched()).toEqual([]);
  await page.getByTestId("learn").click();
  const names = (await readdir(folder)).filter((name) => name !== "glossary.json");
  await expect(page.locator(".lesson-row")).toHaveCount(names.length);
  expect(fetched()).toHaveLength(1);
  for (const name of names) {
    const lesson = JSON.parse(await readFile(new URL(name, folder)));
    await expect(page.getByTestId(`lesson-${lesson.name}`)).toContainText(lesson.title);
  }
});

test("a link to another lesson asks nothing about a drawing that is kept with its lesson", async ({ page }) => {
  const server = page.locator(".node", { hasText: "Server" });
  const title = page.getByTestId("lesson").getByRole("heading", { level: 2 });
  const question = page.getByTestId("question");
  await open(page, "lesson=client-and-server/task");
  await set(page, "Server", "cores", "4");
  await expect(page.getByTestId("saved")).toHaveText("saved");
  // In the open page, and in one that is loaded anew.
  await page.evaluate(() => {
    location.hash = "lesson=load-balancer/task";
  });
  await expect(title).toHaveText("Load balancer");
  await expect(question).toHaveCount(0);
  await page.evaluate(() => {
    location.hash = "lesson=client-and-server/task";
  });
  await expect(server).toContainText("4 cores");
  await set(page, "Server", "cores", "3");
  await page.goto("about:blank");
  await open(page, "lesson=load-balancer/task");
  await expect(title).toHaveText("Load balancer");
  await expect(question).toHaveCount(0);
  await openLesson(page, "client-and-server");
  await expect(server).toContainText("3 cores");
  // As a version before this one left it: kept with nothing.
  await set(page, "Server", "cores", "4");
  await expect(page.getByTestId("saved")).toHaveText("saved");
  await page.goto("about:blank");
  await page.addInitScript(() => {
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith("loadscape.kept"))) localStorage.setItem(key, "false");
    const kept = JSON.parse(localStorage.getItem("loadscape.lessons") ?? "null");
    if (kept?.open === "client-and-server") kept.lessons[kept.open].design = null;
    if (kept) localStorage.setItem("loadscape.lessons", JSON.stringify(kept));
  });
  await open(page, "lesson=load-balancer/bet");
  await expect(title).toHaveText("Load balancer");
  await expect(question).toHaveCount(0);
  await page.evaluate(() => {
    location.hash = "lesson=client-and-server/task";
  });
  await expect(server).toContainText("4 cores");
});

/** The whole lesson that docs/lessons.md shows. */
async function example() {
  const text = await readFile(new URL("../../docs/lessons.md", import.meta.url), "utf8");
  return text.split("```json lesson\n")[1].split("```")[0];
}

test("a teacher's lesson opens from its file, is played, and is passed on in a link", async ({ page, context }) => {
  await open(page);
  await openFile(page, await example());
  const lesson = page.getByTestId("lesson");
  await expect(lesson.getByRole("heading", { level: 2 })).toHaveText("A slow neighbour");
  await expect(page.getByTestId("lesson-step-bet")).toHaveAttribute("aria-current", "step");
  await expect(page.locator(".node")).toHaveCount(3);
  const scale = await page.getByTestId("guess-number").boundingBox();
  await page.mouse.click(scale.x + scale.width * 0.6, scale.y + scale.height / 2);
  await page.getByTestId("lesson-bet").click();
  await page.getByTestId("lesson-hurry").click();
  await expect(page.getByTestId("lesson-judged")).toContainText("You said", { timeout: 60_000 });
  await expect(page.locator(".lesson-event")).toContainText("More than twice as many ask.");
  await page.getByTestId("lesson-on").click();
  await set(page, "Server", "threads", "64");
  await runTask(page, (id) => page.getByTestId(id).click(), "Done");
  // It is there again after a reload, and in the list.
  await page.reload();
  await expect(page.getByTestId("lesson-verdict")).toContainText("Done");
  await page.getByTestId("lesson-all").click();
  await expect(page.getByRole("heading", { name: "Yours, from files and links" })).toBeVisible();
  await expect(page.getByTestId("lesson-a-slow-neighbour")).toContainText("done");
  await keys(page, "Escape");
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByTestId("lesson-link").click();
  await expect(page.getByTestId("toast").last()).toContainText("copied");
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#lesson-of=[\w-]+\/task$/);
  expect(link.length).toBeLessThan(4_000);
  // Whoever has nothing but the link has the lesson.
  await page.goto("about:blank");
  const fragment = link.split("#")[1];
  await page.addInitScript(() => {
    if (!sessionStorage.getItem("cleared")) localStorage.clear();
    sessionStorage.setItem("cleared", "yes");
  });
  await open(page, fragment);
  await expect(lesson.getByRole("heading", { level: 2 })).toHaveText("A slow neighbour");
  await expect(page.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  await expect(page.locator(".node", { hasText: "Server" })).toContainText("16 threads");
  await page.getByTestId("lesson-all").click();
  await page.getByTestId("lesson-forget-a-slow-neighbour").click();
  await expect(page.getByTestId("lesson-a-slow-neighbour")).toHaveCount(0);
  await expect(lesson).toHaveCount(0);
});

test("what is wrong with a teacher's lesson is told with its place, and nothing is opened", async ({ page }) => {
  const good = await example();
  const problems = page.getByTestId("problems");
  const tells = async (text, ...words) => {
    await openFile(page, text);
    for (const word of words) await expect(problems).toContainText(word);
    await page.getByTestId("dialog-close").click();
    await expect(page.getByTestId("lesson")).toHaveCount(0);
  };
  await open(page);
  await tells(good.replace('"idea"', '"ideas"'), "This lesson can't be opened yet", "line 6", 'There is no field "ideas" here');
  await tells(good.replace("More than twice as many ask", "150 % more ask"), "Lesson, event", "“150” is written by hand".replace(/[“”]/g, '"'));
  await tells(good.replace("[utilisation]", "[busyness]"), "Lesson, reveal", "isn't in the glossary");
  await tells(good.replace('"a-slow-neighbour"', '"database"'), "Lesson, name", "call this one something else");
  await tells(good.replace('"remove": "Server"', '"remove": "Servant"'), "Lesson, way 2", 'there is no part "Servant"');
  await page.evaluate(() => {
    location.hash = "lesson-of=AXja/bet";
  });
  await expect(page.getByTestId("toast").last()).toContainText("damaged");
});

test("what a fault breaks is answered with changes that were run, and the first of them does what is said of it", async ({ page }) => {
  test.setTimeout(120_000);
  await open(page, "lesson=message-queue/task");
  await page.getByTestId("lesson-run").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Not yet");
  await page.getByTestId("ask-why-lesson-2").click();
  const answer = page.getByTestId("why-words");
  await expect(answer).toContainText("Completion of Order may be 10 s at most");
  await expect(answer).toContainText("of those that do what was handed over: Workers");
  await expect(page.getByTestId("why-runs")).toContainText("run as the task is run", { timeout: 90_000 });
  const first = page.getByTestId("why-remedy-0");
  await expect(first).toContainText("in the run all 5 rows hold", { timeout: 90_000 });
  await first.click();
  await page.getByTestId("lesson-run").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-verdict")).toContainText("Done");
});

test("a term keeps its point, an axis says nothing twice, and a figure has its unit", async ({ page }) => {
  await open(page, "lesson=sharding/bet");
  await expect(page.locator(".lesson-question .term-whole")).toHaveText("shards?");
  await expect(page.locator(".guess-axis")).toHaveText("Shards");
  await page.getByTestId("guess-point-6").focus();
  await keys(page, "Home");
  await page.getByTestId("lesson-bet").click();
  await toTheEnd(page);
  await expect(page.getByTestId("lesson-judged")).toContainText(/furthest apart at \d+ shards: you said/);
});

test.describe("at the size of a tablet", () => {
  test.use({ viewport: { width: 1024, height: 768 } });

  test("whoever follows a link reads on with the keyboard, and nothing lies over the ways side by side", async ({ page }) => {
    await open(page, "lesson=stage-6/task");
    await expect(page.getByTestId("lesson")).toBeFocused();
    await page.getByTestId("lesson-run").click();
    await expect(page.getByTestId("run-bar")).toBeVisible();
    await page.getByTestId("lesson-abreast").click();
    await expect(page.getByTestId("run-bar")).toBeHidden();
    await page.getByTestId("lesson-abreast-above").click();
    await expect(page.getByTestId("run-bar")).toBeVisible();
  });
});
