// What if a number were another: looked at over its range, set, and taken back.
import { figure, node, openScenario } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

const value = (page) => page.getByTestId("what-if-value");
const figures = (page) => page.getByTestId("what-if-figures");

test("a number is looked at over its range, and what is promised is what is got", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Replica").click();
  await page.getByTestId("what-if-instances").click();
  await expect(page.getByTestId("tab-what-if")).toHaveAttribute("aria-selected", "true");
  await expect(value(page)).toHaveText("1");
  await expect(figures(page)).toContainText("Replica");
  await expect(page.getByTestId("what-if-set")).toBeDisabled();
  await expect(page.getByTestId("what-if-notes")).toContainText("From 2 on, Read API limits it.");
  // What the objectives ask for first is what stands there first; any other figure can be chosen.
  await expect(page.getByTestId("what-if-measure")).toHaveValue("p95");
  await expect(figures(page)).toContainText("p95 of View post");
  await page.getByTestId("what-if-measure").selectOption("p99");
  await page.getByTestId("what-if-class").selectOption("");

  // One more, by the keyboard; another bottleneck, and a lower p99.
  await page.getByTestId("what-if-slider").focus();
  await page.keyboard.press("ArrowRight");
  await expect(value(page)).toHaveText("2");
  await expect(figures(page)).toContainText("Read API");
  const promised = /Slowest p99\s*([\d.,]+ m?s)/.exec(await figures(page).innerText())[1];
  // By the keyboard, too; the focus stays, though there is nothing more to set.
  await page.getByTestId("what-if-set").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("parameter-instances-entry")).toHaveValue("2");
  await expect(page.getByTestId("headline")).toContainText("Read API");
  await expect(value(page)).toHaveText("2");
  await expect(page.getByTestId("what-if-set")).toBeDisabled();
  await expect(page.getByTestId("what-if-set")).toBeFocused();
  await page.getByTestId("tab-results").click();
  await expect(figure(page, "slowest-p99")).toHaveText(promised);
  await page.getByTestId("undo").click();
  await page.getByTestId("tab-what-if").click();
  await expect(value(page)).toHaveText("1");

  // By the mouse, along a chart.
  const chart = page.getByTestId("what-if").locator(".plot-frame").first();
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width - 12, box.y + box.height / 2);
  await expect(value(page)).toHaveText("8");
  await page.getByTestId("what-if-close").click();
  await expect(page.getByTestId("tab-what-if")).toHaveCount(0);
  await expect(page.getByTestId("tab-results")).toHaveAttribute("aria-selected", "true");
});

test("everything that is said of a number is seen without scrolling", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Replica").click();
  await page.getByTestId("what-if-instances").click();
  const notes = page.getByTestId("what-if-notes").locator("p");
  await expect(notes).toHaveCount(2);
  const panel = await page.getByTestId("what-if").boundingBox();
  for (const row of [...(await notes.all()), ...(await figures(page).locator(".key-figure").all())]) {
    const box = await row.boundingBox();
    expect(box.y + box.height).toBeLessThanOrEqual(panel.y + panel.height);
  }
});

test("a choice is looked at as a row for each, by mouse and by keyboard, and what is promised is what is got", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Replica").click();
  await page.getByTestId("what-if-denormalised").click();
  const rows = page.getByTestId("what-if-choices").getByRole("radio");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(0)).toContainText("you are here");
  await expect(rows.nth(0)).toHaveAttribute("aria-checked", "true");
  await expect(value(page)).toHaveText("off");
  // The objectives of the time and of the cost have their line in every row.
  await expect(rows.nth(1).locator("u")).toHaveCount(2);
  await rows.nth(0).focus();
  await page.keyboard.press("ArrowDown");
  await expect(rows.nth(1)).toBeFocused();
  await expect(value(page)).toHaveText("on");
  const promised = await rows.nth(1).locator(".what-if-cell b").first().innerText();
  await page.getByTestId("what-if-set").click();
  await expect(page.getByTestId("parameter-denormalised-switch")).toBeChecked();
  await expect(rows.nth(1)).toContainText("you are here");
  await expect(rows.nth(1).locator(".what-if-cell b").first()).toHaveText(promised);

  await node(page, "Load balancer").click();
  await page.getByTestId("what-if-balancing_policy").click();
  await expect(rows.first()).toBeVisible();
  expect(await rows.count()).toBeGreaterThan(3);
  await rows.nth(0).click();
  await expect(rows.nth(0)).toHaveAttribute("aria-checked", "true");
});
