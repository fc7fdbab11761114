// A run of the event simulation: played, paused, stepped, changed while it goes on, looked back at, and ended.
import { idOf, node, openScenario, utilisation } from "./lib/drawing.mjs";
import { expect, keys, open, test } from "./lib/page.mjs";

/** Simulated seconds that the clock shows. */
async function clock(page) {
  const text = await page.getByTestId("run-clock").innerText();
  const [days, rest] = text.includes("d") ? text.split("d") : ["0", text];
  const seconds = rest.trim().split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number(days.trim()) * 86_400 + seconds;
}

/** Requests a second that reach a part, as its node writes it. */
async function rate(page, name) {
  const text = await node(page, name).getAttribute("aria-label");
  const found = /([\d.,]+) (k?)\/s/.exec(text);
  return found ? Number(found[1].replace(",", "")) * (found[2] ? 1_000 : 1) : Number.NaN;
}

/** Plays the open drawing at a pace, by its place in the choice. */
async function playAt(page, pace) {
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-pace").selectOption({ label: pace });
}

test("a run plays at its pace, shows what happens, and ends in the steady state again", async ({ page }) => {
  await open(page);
  await expect(page.getByTestId("run-play")).toBeDisabled();
  await openScenario(page, "stage-2");
  const steady = await node(page, "Replica").innerText();
  await keys(page, "p");
  await expect(page.getByTestId("run-bar")).toBeVisible();
  await expect.poll(() => clock(page)).toBeGreaterThan(1);
  await expect(page.getByTestId("run-speed")).toHaveText(/^× (1|0\.9\d|1\.\d)$/);
  await page.getByTestId("run-pace").selectOption({ label: "× 60" });
  await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(120);
  // What is seen is near what theory says: the replica is busy, and as much as it was.
  const theory = Number.parseFloat(/([\d.]+) %/.exec(steady)[1]);
  await expect.poll(async () => Math.abs((await utilisation(page, "Replica")) - theory)).toBeLessThan(6);
  await expect(page.getByTestId("headline")).toHaveText(/^Busiest now: Replica\s*\d+(\.\d+)? % busy/);
  await expect(page.getByTestId("theory-standing")).toContainText(/good to/);
  await expect(page.locator("[data-testid^='theory-'][data-testid$='-mean']").first()).toContainText("±");
  await expect(page.getByTestId("run-rates")).toContainText(/served [\d.,]+/);
  await keys(page, "p");
  await expect(page.getByTestId("run-speed")).toHaveText("paused");
  const paused = await clock(page);
  await page.waitForTimeout(300);
  expect(await clock(page)).toBe(paused);
  await page.getByTestId("run-end").click();
  await expect(page.getByTestId("run-bar")).toHaveCount(0);
  await expect(page.getByTestId("tab-results")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByTestId("headline")).toContainText("Bottleneck");
  await expect.poll(() => node(page, "Replica").innerText()).toBe(steady);
});

test("one thing after another happens, and each is said", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await keys(page, "n");
  await expect(page.getByTestId("run-happened")).toContainText(/sent|ended/);
  // The slower time goes, the finer is the clock: it tells one step from the next.
  await page.getByTestId("run-pace").selectOption({ label: "× 1/100" });
  await page.getByTestId("canvas").focus();
  const seen = new Set();
  let moments = 0;
  for (let step = 0; step < 12; step += 1) {
    const before = await page.getByTestId("run-clock").innerText();
    await keys(page, "n");
    // Two things may happen in the same tenth of a millisecond, which the clock doesn't tell apart: then it is waited for in vain.
    const moved = page.waitForFunction((before) => document.querySelector("[data-testid='run-clock']").textContent !== before, before, { timeout: 1_000 });
    moments += await moved.then(() => 1, () => 0);
    seen.add(await page.getByTestId("run-happened").innerText());
  }
  expect(moments).toBeGreaterThan(8);
  expect(seen.size).toBeGreaterThan(2);
  expect(await clock(page)).toBeLessThan(5);
});

test("an edit is felt by the run that goes on, and undone in it", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await playAt(page, "× 20");
  await expect.poll(() => rate(page, "Users"), { timeout: 15_000 }).toBeGreaterThan(10);
  await expect.poll(() => clock(page)).toBeGreaterThan(30);
  const before = await rate(page, "Users");
  const began = await clock(page);
  await node(page, "Users").click();
  const entry = page.getByTestId("parameter-request_rate-entry");
  const peak = Number((await entry.inputValue()).replace(/[^\d.]/g, ""));
  await entry.fill(String(peak * 2));
  await entry.press("Enter");
  await expect.poll(() => rate(page, "Users"), { timeout: 15_000 }).toBeGreaterThan(1.6 * before);
  expect(await clock(page), "it went on").toBeGreaterThan(began);
  await page.getByTestId("undo").click();
  await expect.poll(() => rate(page, "Users"), { timeout: 15_000 }).toBeLessThan(1.3 * before);
});

test("one can look back along the way and return to the present", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await playAt(page, "× 60");
  await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(60);
  await page.getByTestId("run-scrub").focus();
  await keys(page, "Home");
  await expect(page.getByTestId("run-speed")).toHaveText("in the past");
  expect(await clock(page)).toBeLessThan(2);
  await keys(page, "End");
  await expect(page.getByTestId("run-speed")).toHaveText("paused");
  const now = await clock(page);
  expect(now).toBeGreaterThan(60);
  // A click into a plot looks at that moment.
  const plot = page.locator(".plot-frame").first();
  const box = await plot.boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(page.getByTestId("run-speed")).toHaveText("in the past");
  expect(await clock(page)).toBeGreaterThan(0.2 * now);
  expect(await clock(page)).toBeLessThan(0.8 * now);
  await page.getByTestId("run-play").click();
  await expect.poll(() => clock(page)).toBeGreaterThan(now);
});

test("the same seed plays the same run again", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  const happenings = async () => {
    const words = [];
    let before = "0:00.0000";
    for (let step = 0; step < 6; step += 1) {
      await keys(page, "n");
      await expect(page.getByTestId("run-clock")).not.toHaveText(before);
      before = await page.getByTestId("run-clock").innerText();
      words.push(`${await page.getByTestId("run-clock").innerText()} ${await page.getByTestId("run-happened").innerText()}`);
    }
    return words;
  };
  await keys(page, "n");
  await page.getByTestId("run-pace").selectOption({ label: "× 1/100" });
  await keys(page, "r");
  await keys(page, "p");
  await page.getByTestId("run-end").click();
  const first = await happenings();
  await page.getByTestId("run-end").click();
  expect(await happenings()).toEqual(first);
});

/** Lets the page's workers be got at. */
const holdWorkers = (page) =>
  page.addInitScript(() => {
    const Native = globalThis.Worker;
    globalThis.workers = [];
    globalThis.Worker = class extends Native {
      constructor(...rest) {
        super(...rest);
        globalThis.workers.push(this);
      }
    };
  });

test("a run that stops working begins again and says so, and nothing of the drawing is lost", async ({ page }) => {
  // The run is waited for until there is something to lose, and again from its start.
  test.setTimeout(120_000);
  await holdWorkers(page);
  await open(page);
  await openScenario(page, "stage-2");
  await playAt(page, "× 60");
  // However fast this machine is: what stops within its first seconds isn't begun again.
  await page.waitForTimeout(4_500);
  await expect.poll(() => clock(page), { timeout: 30_000 }).toBeGreaterThan(30);
  const parts = await page.locator("[data-testid^='node-']").count();
  await page.getByTestId("run-pace").selectOption({ label: "real time" });
  const reached = await clock(page);
  await page.evaluate(() => workers.at(-1).dispatchEvent(new ErrorEvent("error", { message: "unreachable", cancelable: true })));
  await expect(page.getByTestId("toast").filter({ hasText: "has begun again from its start" })).toBeVisible();
  expect(await clock(page)).toBeLessThan(reached);
  await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(1);
  expect(await page.evaluate(() => workers.length)).toBe(2);
  expect(await page.locator("[data-testid^='node-']").count()).toBe(parts);
});

test("a run that stopped working while it was paused plays when it is told to", async ({ page }) => {
  // The run is waited for until there is something to lose, and again from its start.
  test.setTimeout(120_000);
  await holdWorkers(page);
  await open(page);
  await openScenario(page, "stage-2");
  await playAt(page, "× 60");
  await page.waitForTimeout(4_500);
  await expect.poll(() => clock(page), { timeout: 30_000 }).toBeGreaterThan(30);
  await page.getByTestId("run-play").click();
  await expect(page.getByTestId("run-speed")).toHaveText("paused");
  const reached = await clock(page);
  // Nobody hears of it: the browser ended its thread.
  await page.evaluate(() => workers.at(-1).terminate());
  await page.getByTestId("run-pace").selectOption({ label: "real time" });
  await page.getByTestId("run-play").click();
  await expect(page.getByTestId("toast").filter({ hasText: "has begun again from its start" })).toBeVisible({ timeout: 20_000 });
  await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(1);
  expect(await clock(page)).toBeLessThan(reached);
});

test("a run whose program can't be fetched says so, and begins once it can", async ({ page, context, watch }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await context.setOffline(true);
  await page.getByTestId("run-play").click();
  await expect(page.getByTestId("toast")).toContainText("Check the connection, then press play again");
  await expect(page.getByTestId("run-bar")).toHaveCount(0);
  await context.setOffline(false);
  watch.errors.length = 0;
  await page.getByTestId("run-play").click();
  await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(0.5);
});

test("a mark at the part says what fails there and why, by mouse and by keyboard", async ({ page }) => {
  // The run is waited for in its own time.
  test.setTimeout(120_000);
  await open(page);
  await openScenario(page, "stage-3");
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-break").click();
  await page.getByTestId("incident-instance-loss").click();
  await page.getByTestId("run-pace").selectOption({ label: "× 5" });
  const id = await idOf(page, "Replicas");
  const mark = page.getByTestId(`trouble-${id}`);
  const why = page.getByTestId(`trouble-${id}-why`);
  await expect(mark).toContainText("▲", { timeout: 20_000 });
  // Read at leisure.
  await keys(page, "p");
  await expect(mark).toHaveAttribute("aria-label", /^Replicas: .*▲ [\d.,]+ k?\/s lost on the way: it was down/);
  const [own, its] = await Promise.all([mark.boundingBox(), node(page, "Replicas").boundingBox()]);
  expect(Math.abs(own.y - (its.y + its.height))).toBeLessThan(12);
  await expect(why).toBeHidden();
  await mark.hover();
  await expect(why).toBeVisible();
  await page.mouse.move(5, 5);
  await expect(why).toBeHidden();
  await mark.focus();
  await keys(page, "Enter");
  await expect(why).toBeVisible();
  await expect(mark).toHaveAttribute("aria-expanded", "true");
  await keys(page, "Escape");
  await expect(mark).toHaveAttribute("aria-expanded", "false");
  // A part takes its mark along.
  await node(page, "Replicas").click();
  await keys(page, "Delete");
  await expect(mark).toHaveCount(0);
});

test("more than a run can hold is told as the backlog that it is, at the part where it waits", async ({ page }) => {
  // The run is waited for until it holds no more.
  test.setTimeout(120_000);
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Users").click();
  const entry = page.getByTestId("parameter-request_rate-entry");
  await entry.fill("1000000");
  await entry.press("Enter");
  await page.getByTestId("tab-results").click();
  await expect(page.getByTestId("headline")).toContainText("Saturated");
  await page.getByTestId("run-play").click();
  const mark = page.getByTestId(`trouble-${await idOf(page, "Load balancer")}`);
  await expect(mark).toHaveAttribute("aria-label", /^Load balancer: .*the backlog here is longer than a run can hold/, { timeout: 40_000 });
  await page.getByTestId("plot-errors").click();
  await expect(page.getByTestId("run-errors")).toContainText("in the backlog");
});

for (const width of [1440, 1120, 1024]) {
  test(`what floats over the drawing while something runs covers no part of it, ${width} pixels wide`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await open(page);
    await openScenario(page, "stage-3");
    await page.getByTestId("run-play").click();
    await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(0.5);
    const apart = async () => {
      const parts = await Promise.all((await page.locator("[data-testid^='node-']").all()).map((part) => part.boundingBox()));
      for (const floats of ["flow-key", "run-bar"]) {
        const own = await page.getByTestId(floats).boundingBox();
        const covered = parts.filter((part) => part.x < own.x + own.width && own.x < part.x + part.width && part.y < own.y + own.height && own.y < part.y + part.height);
        if (covered.length > 0) return floats;
      }
      return "nothing";
    };
    await expect.poll(apart).toBe("nothing");
    if (width > 1100) return;
    // Drawers take room from the drawing and its results, and cover neither.
    const [canvas, results] = ["canvas", "results"].map((name) => page.getByTestId(name));
    for (const [drawer, panel, side] of [["properties", ".inspector", "right"], ["parts", ".palette", "left"]]) {
      await page.getByTestId(`drawer-${drawer}`).click();
      await expect.poll(async () => {
        const [own, ...beside] = await Promise.all([page.locator(panel), canvas, results].map((part) => part.boundingBox()));
        return beside.map((part) => (side === "right" ? own.x - part.x - part.width : part.x - own.x - own.width));
      }).toEqual([0, 0]);
      await expect.poll(apart).toBe("nothing");
    }
  });
}

test("another drawing ends the run", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await playAt(page, "× 20");
  await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(5);
  await openScenario(page, "stage-3");
  await expect(page.getByTestId("run-bar")).toHaveCount(0);
  await idOf(page, "Replicas");
  await page.getByTestId("run-play").click();
  await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(1);
});

/** What the layer of requests shows, and what it would if nothing were on its way. */
const layer = (page) =>
  page.getByTestId("flow").locator("canvas").evaluate((canvas) => {
    const blank = document.createElement("canvas");
    [blank.width, blank.height] = [canvas.width, canvas.height];
    return { shown: canvas.toDataURL(), blank: blank.toDataURL() };
  });

test("requests are seen on their way, and the drawing says for how many each stands", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-3");
  await page.getByTestId("run-play").click();
  await expect.poll(async () => Number(await page.getByTestId("flow").getAttribute("data-particles"))).toBeGreaterThan(30);
  await expect(page.getByTestId("flow-key")).toContainText(/\d[\d,]* requests/);
  await expect(page.getByTestId("flow-key")).toContainText("View post");
  const busy = await layer(page);
  expect(busy.shown).not.toBe(busy.blank);
  // So slow that each can be followed.
  await page.getByTestId("run-end").click();
  await openScenario(page, "stage-1");
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-pace").selectOption({ label: "× 1/100" });
  await expect(page.getByTestId("flow-key")).toContainText("one request", { timeout: 10_000 });
  // They stand still with the run.
  await keys(page, "p");
  await page.waitForTimeout(200);
  const still = await layer(page);
  await page.waitForTimeout(300);
  expect((await layer(page)).shown).toBe(still.shown);
});

test("where things are to keep still, rates are written and nothing moves", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open(page);
  await openScenario(page, "stage-2");
  await playAt(page, "× 20");
  await expect.poll(() => rate(page, "Users"), { timeout: 15_000 }).toBeGreaterThan(10);
  await expect(page.getByTestId("flow")).toHaveAttribute("data-particles", "0");
  await page.waitForTimeout(500);
  await expect(page.getByTestId("flow")).toHaveAttribute("data-particles", "0");
  const quiet = await layer(page);
  expect(quiet.shown).toBe(quiet.blank);
});

test.describe("with a clipboard", () => {
  test.use({ permissions: ["clipboard-read", "clipboard-write"] });

  test("what is broken while it runs is felt, mended by itself, and replayed from the link", async ({ page }) => {
    test.slow();
    await open(page);
    await openScenario(page, "stage-3");
    await playAt(page, "× 5");
    await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(4);
    await node(page, "Read API").click();
    await page.getByTestId("pane-break").click();
    await page.getByTestId("faults").getByRole("button", { name: "Kill it" }).click();
    await expect(page.getByTestId("fault-0")).toContainText("Read API killed");
    // Half of the usual time is enough.
    await page.getByTestId("fault-0-duration").fill("15");
    await page.getByTestId("fault-0-duration").press("Enter");
    await expect(node(page, "Read API")).toContainText("down", { timeout: 15_000 });
    await expect(page.getByTestId("flow-key")).toContainText("lost on the way");
    await expect(page.getByTestId("run-rates")).toContainText(/failed [1-9]/);
    await expect(page.getByTestId("theory-standing")).toContainText("Faults");
    const [minutes, seconds] = (await page.getByTestId("fault-0-start").inputValue()).split(":");
    const start = Number(minutes) * 60 + Number(seconds);
    await page.getByTestId("run-pace").selectOption({ label: "× 20" });
    await expect.poll(() => clock(page), { timeout: 20_000 }).toBeGreaterThan(start + 60);
    await expect(node(page, "Read API")).not.toContainText("down");
    await expect.poll(() => utilisation(page, "Read API")).toBeGreaterThan(40);
    // The document carries it: wherever the link is opened, it breaks at the same moment.
    await page.getByTestId("run-end").click();
    await page.getByTestId("share").click();
    await expect(page.getByTestId("toast").first()).toBeVisible();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByTestId("run-play").waitFor();
    await playAt(page, "× 5");
    await expect(node(page, "Read API")).toContainText("down", { timeout: 20_000 });
    expect(await clock(page)).toBeGreaterThan(start);
  });
});

test("taking the opening of a drawing back ends what runs in it", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await openScenario(page, "stage-3");
  await playAt(page, "× 20");
  await expect.poll(() => clock(page), { timeout: 15_000 }).toBeGreaterThan(3);
  await expect(page.locator(".plot-title", { hasText: "Response time of" })).toBeVisible();
  await page.getByTestId("undo").click();
  await expect(node(page, "Web server")).toBeVisible();
  await expect(page.getByTestId("run-bar")).toHaveCount(0);
});
