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
  const means = await measured.allInnerTexts();
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
