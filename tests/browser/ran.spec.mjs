// Figures of a run belong to the design that ran: what is shown once that has changed.
import { idOf, node, openScenario } from "./lib/drawing.mjs";
import { expect, keys, open, test } from "./lib/page.mjs";

/** Runs the open drawing to its end, at its full speed. */
async function runToTheEnd(page, seconds) {
  const ends = page.getByTestId("run-ends");
  await page.keyboard.press("Escape");
  await ends.scrollIntoViewIfNeeded();
  if (!(await ends.isChecked())) await ends.click();
  await page.getByTestId("run-length").fill(String(seconds));
  await page.getByTestId("run-length").press("Enter");
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-pace").selectOption({ label: "full speed" });
  await expect(page.getByTestId("run-speed")).toHaveText("over");
}

/** Gives a part another number. */
async function set(page, name, parameter, value) {
  await node(page, name).click();
  const entry = page.getByTestId(`parameter-${parameter}-entry`);
  await entry.fill(String(value));
  await entry.press("Enter");
}

test("after a run, a change makes the drawing theory's again, and the run says of what it is", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await runToTheEnd(page, 60);
  await expect(page.getByTestId("headline")).toContainText("Busiest now");
  await expect(page.getByTestId("run-note")).toHaveCount(0);
  const measured = page.locator("[data-testid^='theory-'][data-testid$='-mean'] td:nth-of-type(3)");
  await expect(measured.first()).toContainText("ms");
  // The figures of the end may come a moment after it.
  let means = [];
  const areTheLast = async () => {
    const before = means;
    means = await measured.allInnerTexts();
    return means.join() === before.join();
  };
  await expect.poll(areTheLast, { intervals: [1_000] }).toBe(true);
  const ran = await node(page, "Users").innerText();
  await page.getByTestId("tab-objectives").click();
  await expect(page.getByTestId("objectives-of-drawing")).toContainText("As the run has measured");
  // Far fewer users: nothing of the old run may stand as theirs.
  await set(page, "Users", "request_rate", 10);
  await expect(page.getByTestId("headline")).toContainText("Bottleneck");
  await expect(node(page, "Users")).toContainText("10 /s");
  await expect(page.getByTestId("flow-rests")).toBeVisible();
  await expect(page.getByTestId("objectives-of-drawing")).toContainText("By theory");
  await expect(page.getByTestId("objectives-of-drawing")).toContainText("of the design before your change");
  await page.getByTestId("tab-run").click();
  await expect(page.getByTestId("run-note")).toContainText("This run is of the design before your change");
  await expect(page.getByTestId("theory-standing")).toContainText("another design");
  // Undone, it is the run's again, as it was.
  await page.getByTestId("undo").click();
  await expect(page.getByTestId("run-note")).toHaveCount(0);
  await expect(page.getByTestId("headline")).toContainText("Busiest now");
  await expect.poll(() => node(page, "Users").innerText()).toBe(ran);
  expect(await measured.allInnerTexts()).toEqual(means);
  // Changed and run again, it is of what is drawn.
  await page.getByTestId("redo").click();
  await page.getByTestId("run-note-again").click();
  await expect(page.getByTestId("run-note")).toHaveCount(0);
  await expect(page.getByTestId("headline")).toContainText("Busiest now");
  await page.getByTestId("run-end").click();
});

test("a design that changes while it runs leaves the run's figures marked as of both", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-pace").selectOption({ label: "× 20" });
  // Time must have gone on: a run whose design changes before it has begun is all of the new one.
  await expect(page.getByTestId("run-clock")).toContainText(/0:(0[3-9]|[1-5]\d)|[1-9]\d*:\d\d/, { timeout: 15_000 });
  await set(page, "Users", "request_rate", 10);
  await expect(page.getByTestId("run-note")).toContainText(/The design changed at \d+:\d\d/);
  await expect(page.getByTestId("flow-rests")).toHaveCount(0);
  await page.getByTestId("tab-objectives").click();
  await expect(page.getByTestId("objectives-of-drawing")).toContainText("since the design changed");
  // A part that is moved, or has another name, is the same design: a run begun anew stays one of it.
  await page.getByTestId("run-restart").click();
  await expect(page.getByTestId("objectives-of-drawing")).not.toContainText("since the design");
  const id = await idOf(page, "Replica");
  await node(page, "Replica").click();
  await keys(page, "ArrowRight");
  await expect(page.getByTestId(`node-${id}`)).toBeVisible();
  await expect(page.getByTestId("objectives-of-drawing")).not.toContainText("since the design");
});

test("the page of objectives has the task's own rows: what a run decides once it has, and what the design decides at once", async ({ page }) => {
  // A whole run is waited for.
  test.setTimeout(120_000);
  await open(page, "lesson=stage-0/task");
  await page.getByTestId("tab-objectives").click();
  const table = page.getByTestId("objectives-of-task");
  const row = (asked) => table.locator("tbody tr", { hasText: asked });
  const [latency, cost] = [row("p95 of View post"), row("cost")];
  await expect(table.locator("tbody tr")).toHaveCount(3);
  // Before any run neither is said to be missed, and none is counted.
  await expect(latency.locator("td").nth(0)).toHaveText("· not run yet");
  await expect(latency.locator("td").nth(4)).toHaveText(/ ms$/);
  await expect(cost.locator("td").nth(0)).toHaveText("✓ met");
  await expect(cost.locator("td").nth(3)).toHaveText("no run decides it");
  await expect(page.getByTestId("tab-objectives")).toHaveText("Objectives");
  await expect(page.getByTestId("lesson-objective-1")).not.toHaveClass(/missed/);
  await expect(page.getByTestId("lesson-objective-3")).toContainText("kept as drawn: $");
  // What the run measures, while it goes on.
  await page.getByTestId("lesson-run").click();
  await page.getByTestId("tab-objectives").click();
  await expect(latency.locator("td").nth(0)).toHaveText("· not yet");
  await expect(latency.locator("td").nth(3)).toHaveText(/^so far /);
  await expect(cost.locator("td").nth(3)).toHaveText("no run decides it");
  await page.getByTestId("lesson-hurry").click();
  await expect(latency.locator("td").nth(0)).toHaveText("✗ missed", { timeout: 20_000 });
  await expect(latency.locator("td").nth(3)).toHaveText(/^missed: /);
  await expect(page.getByTestId("tab-objectives")).toContainText("/3");
  // A change leaves the run's verdict to the design that ran; the cost is that of what is drawn.
  const before = await cost.locator("td").nth(4).textContent();
  await page.locator(".node", { hasText: "Blog server" }).click();
  const cores = page.getByTestId("parameter-cores-entry");
  await cores.fill("4");
  await cores.press("Enter");
  await expect(latency.locator("td").nth(0)).toHaveText("· not yet");
  await expect(latency.locator("td").nth(3)).toHaveText(/^before your change missed: /);
  await expect(cost.locator("td").nth(0)).toHaveText(/met|missed/);
  await expect(cost.locator("td").nth(4)).not.toHaveText(before);
  // Another design's figures count no objectives here: these rows are a run's to decide.
  await page.getByTestId("what-if-cores").click();
  await expect(page.locator(".what-if-figures")).toContainText("Cost a month");
  await expect(page.locator(".what-if-figures")).not.toContainText("Objectives met");
});
