// A design is pinned, and every change stands beside it: in figures, on the drawing, in its place, and after a reload.
import { node, openScenario, stored } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

const compare = (page) => page.getByTestId("compare");

test("what is changed after pinning is compared in figures and marked on the drawing, and survives a reload", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("k");
  await expect(page.getByTestId("tab-compare")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByTestId("compare-same")).toBeVisible();

  await node(page, "Replica").click();
  const cores = page.getByTestId("parameter-cores-entry");
  await cores.fill("8");
  await cores.press("Enter");
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 8");
  await expect(compare(page)).toContainText("−145");
  await expect(compare(page).locator("tr", { hasText: "Cost a month" })).toContainText("worse");
  const id = (await node(page, "Replica").getAttribute("data-testid")).slice("node-".length);
  await expect(page.getByTestId(`ghost-${id}`)).toHaveText("changed");

  // In its place and back, by one key; the pinned one is what it was.
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("j");
  await expect(page.getByTestId("compare-same")).toBeVisible();
  await expect(page.getByTestId("headline")).toContainText("Replica");
  await page.keyboard.press("j");
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 8");

  // Undo knows nothing of the pin.
  await page.keyboard.press("Control+z");
  await expect(page.getByTestId("compare-same")).toBeVisible();
  await page.keyboard.press("Control+Shift+z");
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 8");

  await stored(page);
  await page.reload();
  await page.getByTestId("tab-compare").click();
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 8");
  await page.getByTestId("unpin").click();
  await expect(page.getByTestId("tab-compare")).toHaveCount(0);
  await expect(page.getByTestId(`ghost-${id}`)).toHaveCount(0);
});

test("what is pinned is there when its tab has been closed, and so is one's own design beside a changed copy of it", async ({ page, context }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("k");
  const cores = async (tab, count) => {
    await node(tab, "Replica").click();
    await tab.getByTestId("parameter-cores-entry").fill(count);
    await tab.getByTestId("parameter-cores-entry").press("Enter");
    await tab.getByTestId("canvas").focus();
  };
  await cores(page, "8");
  await page.keyboard.press("j");
  await cores(page, "16");
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 16");
  await stored(page);
  const later = await context.newPage();
  await page.close();
  await open(later);
  await later.getByTestId("tab-compare").click();
  await expect(later.getByTestId("compare-parts")).toContainText("Cores: 4 → 16");
  await later.getByTestId("canvas").focus();
  await later.keyboard.press("j");
  await expect(later.getByTestId("compare-parts")).toContainText("Cores: 4 → 8");
  // What was unpinned stays so, in the next tab as well.
  await later.getByTestId("unpin").click();
  await stored(later);
  const last = await context.newPage();
  await open(last);
  await expect(node(last, "Replica")).toBeVisible();
  await expect(last.getByTestId("pin")).toBeVisible();
  await expect(last.getByTestId("tab-compare")).toHaveCount(0);
});

test("a part that is gone leaves its place marked, and a new one is marked as new", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("k");
  await node(page, "Images").click();
  await page.keyboard.press("Delete");
  await expect(page.locator(".ghost.gone")).toHaveText("Images: gone");
  await expect(page.getByTestId("compare-parts")).toContainText("Web servers → Images: gone");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Control+z");
  await expect(page.locator(".ghost")).toHaveCount(0);
});

test("both are run in pairs, cancelled, and told apart with an interval", async ({ page }) => {
  // Forty runs, each in a thread of its own.
  test.setTimeout(300_000);
  await open(page);
  await openScenario(page, "knee");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("k");
  await page.getByTestId("compare-run").click();
  await page.getByTestId("compare-cancel").click();
  await expect(page.getByTestId("compare-run")).toBeVisible();
  // Nothing has been changed: there is no difference at all.
  await page.getByTestId("compare-run").click();
  await expect(page.getByTestId("compare-pairs")).toContainText("the same", { timeout: 120_000 });
  await node(page, "Server").click();
  const cores = page.getByTestId("parameter-core_speed-entry");
  await cores.fill("2");
  await cores.press("Enter");
  await page.getByTestId("compare-run").click();
  await expect(page.getByTestId("compare-pairs").locator("tr", { hasText: "mean of" })).toContainText("better", { timeout: 120_000 });
  await expect(page.getByTestId("compare-pairs")).toContainText("±");
});

/** Sets the replica's cores. */
async function setCores(page, count) {
  await node(page, "Replica").click();
  const cores = page.getByTestId("parameter-cores-entry");
  await cores.fill(count);
  await cores.press("Enter");
}

test("what is changed while the pinned design is shown costs nobody their own", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  // By a button: nobody knows a key that nothing tells of.
  await page.getByTestId("pin").click();
  await expect(page.getByTestId("tab-compare")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByTestId("pin")).toHaveCount(0);
  await setCores(page, "8");
  await page.getByTestId("pinned-swap").click();
  await expect(page.getByTestId("aside")).toContainText(/your own is kept/i);
  await setCores(page, "16");
  await expect(page.getByTestId("aside")).toContainText("a copy of the pinned design");
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 16");
  // A reload in between, and still one's own comes back.
  await stored(page);
  await page.reload();
  await expect(page.getByTestId("aside")).toContainText("a copy of the pinned design");
  await page.getByTestId("aside-back").click();
  await expect(page.getByTestId("aside")).toHaveCount(0);
  await page.getByTestId("tab-compare").click();
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 8");
  // Nor is lost what was made of the pinned one.
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("Control+z");
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 16");
  await page.keyboard.press("Control+Shift+z");
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 8");

  // What is merely looked at isn't kept in the place of one's own.
  await page.keyboard.press("j");
  await expect(page.getByTestId("compare-same")).toBeVisible();
  await stored(page);
  await page.reload();
  await page.getByTestId("tab-compare").click();
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 8");
  await expect(page.getByTestId("aside")).toHaveCount(0);

  // Undone by hand it is one's own again; gone on with, the copy is.
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("j");
  await page.keyboard.press("Control+z");
  await expect(page.getByTestId("aside")).toHaveCount(0);
  await page.keyboard.press("j");
  await setCores(page, "16");
  await page.getByTestId("aside-stay").click();
  await expect(page.getByTestId("aside")).toHaveCount(0);
  await expect(page.getByTestId("compare-parts")).toContainText("Cores: 4 → 16");
});

test("a drawing that has nothing to do with the pinned one isn't taken for it", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("k");
  await openScenario(page, "knee");
  await page.getByTestId("tab-compare").click();
  await expect(page.getByTestId("compare-another")).toBeVisible();
  await expect(page.getByTestId("compare-parts")).toContainText("gone");
  await expect(page.getByTestId("compare-parts")).toContainText("Servernew");
  await expect(page.getByTestId("compare-parts")).not.toContainText("was called");
  await expect(page.locator(".ghost")).toHaveCount(0);
});

test("another drawing is no copy of the pinned one, though it has the same parts", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("pin").click();
  await setCores(page, "8");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("j");
  await expect(page.getByTestId("aside")).toBeVisible();
  await page.getByTestId("scenarios").click();
  await page.getByTestId("scenario-stage-3").click();
  await page.getByTestId("question-replace").click();
  await expect(node(page, "Post cache")).toBeVisible();
  await expect(page.getByTestId("aside")).toHaveCount(0);
});

test("F6 leads from one panel to the next", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Replica").click();
  const inside = (name) => page.evaluate((name) => Boolean(document.activeElement.closest(name)), name);
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("F6");
  expect(await inside(".inspector")).toBe(true);
  await page.keyboard.press("F6");
  expect(await inside(".results")).toBe(true);
  await page.keyboard.press("F6");
  expect(await inside(".header")).toBe(true);
  await page.keyboard.press("F6");
  await expect(page.getByTestId("find-part")).toBeFocused();
  await page.keyboard.press("F6");
  await expect(page.getByTestId("canvas")).toBeFocused();
  await page.keyboard.press("Shift+F6");
  await expect(page.getByTestId("find-part")).toBeFocused();
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("?");
  await expect(page.getByTestId("keys")).toContainText("Next panel");
});

test("both designs stand side by side at each part that both have, and runs in pairs add how sure the difference is", async ({ page }) => {
  // Of the twenty runs only the first four are waited for.
  test.setTimeout(180_000);
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("k");
  // Beside itself there is nothing to compare.
  await expect(page.locator("[data-testid^='abreast-']:not([data-testid$='toggle'])")).toHaveCount(0);
  await node(page, "Replica").click();
  await page.getByTestId("parameter-cores-entry").fill("8");
  await page.getByTestId("parameter-cores-entry").press("Enter");
  const id = (await node(page, "Replica").getAttribute("data-testid")).slice("node-".length);
  const strip = page.getByTestId(`abreast-${id}`);
  await expect(strip).toHaveText(/pinned 91 % \| now 4\d(\.\d)? %/);
  await expect(compare(page).locator("tr", { hasText: "Replica busy" })).toContainText("91 %");
  // It stands below its node, and covers nothing of it.
  const below = await strip.locator("span").first().boundingBox();
  const above = await node(page, "Replica").boundingBox();
  expect(below.y).toBeGreaterThanOrEqual(above.y + above.height);
  // What the dashes are of isn't struck through by them.
  expect(await page.getByTestId(`ghost-${id}`).evaluate((ghost) => getComputedStyle(ghost).zIndex)).toBe("-1");
  await page.getByTestId("compare-run").click();
  // An answer that says the same again, a part that is moved within its zones and another tab leave them running.
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-end").click();
  await page.getByTestId("canvas").focus();
  await page.keyboard.press("ArrowRight");
  await page.getByTestId("tab-price").click();
  await page.getByTestId("tab-compare").click();
  await expect(page.getByTestId("compare-run")).toHaveCount(0);
  // Two pairs say something, and the others say it more surely.
  await expect(strip).toHaveText(/in \d+ pairs −\d+(\.\d+)? ± \d+(\.\d+)? points/, { timeout: 120_000 });
  await page.getByTestId("abreast-toggle").click();
  await expect(strip).toHaveCount(0);
  await page.getByTestId("abreast-toggle").click();
  await expect(strip).toContainText(/in \d+ pairs/);
  // Of another design the pairs say nothing, and nothing of the two goes on.
  await page.getByTestId("parameter-cores-entry").fill("16");
  await page.getByTestId("parameter-cores-entry").press("Enter");
  await expect(strip).not.toContainText("pairs");
  await expect(page.getByTestId("compare-run")).toBeVisible();
});
