// Lessons by keyboard alone, from a page that has just been opened: whatever is pressed has been come to by keys, never by a script. And designs
// of one's own in them.
import { links } from "./lib/drawing.mjs";
import { expect, keys, open, test } from "./lib/page.mjs";

/** So many presses of Tab bring nobody to despair; from the lesson's beginning to its end. */
const FEW = 30;

/** Comes by Tab, or by Shift and Tab, to what this selector means. */
async function comeTo(page, selector, back = false) {
  for (let press = 0; press < FEW; press += 1) {
    if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return;
    await keys(page, back ? "Shift+Tab" : "Tab");
  }
  throw new Error(`${FEW} presses of Tab did not reach ${selector}`);
}

/** The same of what has this test id. */
function come(page, id, back = false) {
  return comeTo(page, `[data-testid="${id}"]`, back);
}

/** What the keys do to each kind of bet, and what is seen of it. */
const byKeys = {
  "client-and-server": async (page) => {
    await come(page, "guess-point-6");
    await keys(page, "End");
    await expect(page.getByTestId("guess-point-6")).toHaveAttribute("aria-valuenow", "100");
    await keys(page, "Shift+ArrowDown");
    await expect(page.getByTestId("guess-point-6")).toHaveAttribute("aria-valuenow", "90");
  },
  database: async (page) => {
    // What is to be chosen is what is asked.
    await expect(page.getByRole("group", { name: await page.locator("#lesson-question").innerText() })).toHaveCount(1);
    await comeTo(page, ".guess-part input");
    await keys(page, "Space");
    await expect(page.locator(".guess-part input:focus")).toBeChecked();
    await keys(page, "ArrowDown");
    await expect(page.locator(".guess-part input:focus")).toBeChecked();
  },
  "load-balancer": async (page) => {
    await come(page, "guess-number");
    const before = await page.getByTestId("guess-number").getAttribute("aria-valuetext");
    await keys(page, "PageUp");
    await expect(page.getByTestId("guess-number")).not.toHaveAttribute("aria-valuetext", before);
  },
};

for (const [name, bet] of Object.entries(byKeys)) {
  test(`the lesson ${name} by keyboard alone, to a fail and to a pass`, async ({ page }) => {
    // Several whole runs are waited for.
    test.setTimeout(120_000);
    const press = async (id, back) => {
      await come(page, id, back);
      await keys(page, "Enter");
    };
    await open(page);
    await keys(page, "Control+k");
    // With the page's second half, which is fetched at the first key.
    await expect(page.getByTestId("command-field")).toBeFocused();
    await page.keyboard.type("lessons");
    await keys(page, "Enter");
    await expect(page.getByTestId("lessons")).toBeVisible();
    await press(`lesson-${name}`);
    await expect(page.locator("#lesson")).toBeFocused();
    await bet(page);
    await press("lesson-bet");
    // The next thing to press has the focus.
    await expect(page.getByTestId("lesson-hurry")).toBeFocused();
    await keys(page, "Enter");
    await expect(page.getByTestId("lesson-judged")).toBeFocused({ timeout: 60_000 });
    await press("lesson-on");
    await expect(page.locator("#lesson")).toBeFocused();
    await press("lesson-run");
    await expect(page.getByTestId("lesson-hurry")).toBeFocused();
    await keys(page, "Enter");
    await expect(page.getByTestId("lesson-verdict")).toContainText("Not yet", { timeout: 60_000 });
    await expect(page.getByTestId("lesson-verdict")).toBeFocused();
    await press("lesson-hint");
    for (const hint of [2, 3]) {
      await expect(page.getByTestId("lesson-hint")).toBeFocused();
      await keys(page, "Enter");
      await expect(page.getByTestId("status")).toHaveText(`Hint ${hint} of 3 stands above.`);
    }
    await expect(page.getByTestId("lesson-answer")).toBeFocused();
    await keys(page, "Enter");
    await press("lesson-run", true);
    await expect(page.getByTestId("lesson-hurry")).toBeFocused();
    await keys(page, "Enter");
    await expect(page.getByTestId("lesson-verdict")).toContainText("Done", { timeout: 60_000 });
    await expect(page.getByTestId("lesson-verdict")).toBeFocused();
    // The answer was one step, and undo takes it back; what was done stays done.
    await keys(page, "Control+z");
    await expect(page.getByTestId("lesson-verdict")).toContainText("before your last change");
    await press("lesson-next");
    await expect(page.locator("#lesson")).toBeFocused();
  });
}

/** Goes from part to part of the drawing until it is this one. */
async function goTo(page, name) {
  for (let press = 0; press < 12; press += 1) {
    const current = await page.evaluate(() => {
      const id = document.getElementById("canvas").getAttribute("aria-activedescendant");
      return (id && document.getElementById(id)?.querySelector(".node-name strong")?.textContent) ?? "";
    });
    if (current === name) return;
    await keys(page, "]");
  }
  throw new Error(`"]" never reached ${name}`);
}

test("what a task breaks is built anew by keyboard alone: the fault hits what stands in its place, and the run is graded", async ({ page }) => {
  // A whole run is waited for.
  test.setTimeout(120_000);
  await open(page, "lesson=database/task");
  await expect(page.locator("#lesson")).toBeFocused();
  await expect(page.getByTestId("lesson-aim")).toHaveText("");
  // A copy beside it, linked; then the database itself goes, and with it its fault.
  await comeTo(page, "#canvas");
  await goTo(page, "Database");
  await keys(page, "Control+c", "Control+v");
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(4);
  await goTo(page, "Server");
  await keys(page, "c");
  for (let press = 0; press < 12; press += 1) {
    await keys(page, "Tab");
    if ((await page.locator(".node.target .node-name strong").allInnerTexts()).includes("Database 2")) break;
  }
  await keys(page, "Enter");
  await expect(links(page)).toHaveCount(3);
  await goTo(page, "Database");
  await keys(page, "Delete");
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(3);
  await expect(page.getByTestId("lesson-aim")).toContainText("Database 2");
  await come(page, "lesson-run", true);
  await keys(page, "Enter");
  await expect(page.getByTestId("lesson-hurry")).toBeFocused();
  await keys(page, "Enter");
  await expect(page.getByTestId("lesson-verdict")).toContainText(/Not yet|Done/, { timeout: 60_000 });
  await expect(page.getByTestId("lesson-verdict")).not.toContainText("Not graded");
  // The document has it, so that the line of time shows it.
  await expect(page.getByTestId("bar-0")).toHaveAttribute("aria-label", /Database 2/);
});

/** Passes stage 0 by its second way, a faster box instead of a larger one, and whatever else is done to it; the next stage's task is open then. */
async function passStageByAFasterBox(page, besides = async () => {}) {
  await open(page, "lesson=stage-0/task");
  await expect(page.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  await page.locator(".node", { hasText: "Blog server" }).click();
  const speed = page.getByTestId("parameter-core_speed-entry");
  await speed.fill("3");
  await speed.press("Enter");
  await besides();
  await page.getByTestId("lesson-run").click();
  await page.getByTestId("lesson-hurry").click();
  await expect(page.getByTestId("lesson-verdict")).toContainText("Done", { timeout: 60_000 });
  await open(page, "lesson=stage-1/task");
}

test("a stage is gone on with by one's own design of the one before, and taken back with one key", async ({ page }) => {
  // Two whole runs are waited for.
  test.setTimeout(120_000);
  await passStageByAFasterBox(page);
  await expect(page.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  await page.getByTestId("lesson-own-design").click();
  await page.locator(".node", { hasText: "Blog server" }).click();
  await expect(page.getByTestId("parameter-core_speed-entry")).toHaveValue("3");
  await page.getByTestId("lesson-run").click();
  await page.getByTestId("lesson-hurry").click();
  await expect(page.getByTestId("lesson-verdict")).toContainText(/Not yet|Done/, { timeout: 60_000 });
  await expect(page.getByTestId("lesson-verdict")).not.toContainText("Not graded");
  await page.getByTestId("canvas").focus();
  await keys(page, "Control+z");
  await page.locator(".node", { hasText: "Blog server" }).click();
  await expect(page.getByTestId("parameter-core_speed-entry")).not.toHaveValue("3");
});

test("a stage says what one's own design of the one before lacks to be gone on with", async ({ page }) => {
  // A whole run is waited for.
  test.setTimeout(90_000);
  await passStageByAFasterBox(page, async () => {
    await page.locator(".node", { hasText: "Users" }).click();
    const name = page.getByTestId("inspector-name");
    await name.fill("Readers");
    await name.press("Enter");
  });
  await expect(page.getByTestId("lesson-own-hindered")).toContainText('no part "Users"');
  await expect(page.getByTestId("lesson-own-hindered")).toContainText("Readers");
  await expect(page.getByTestId("lesson-own-design")).toHaveCount(0);
});
