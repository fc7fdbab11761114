// Stage 4 played: a day goes by in a minute, its machines come and go with it, and the plots say so.
import { openScenario, node } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

test("a day of stage 4 goes by in a minute, and what scales by itself follows it", async ({ page }) => {
  // A minute where there is a core for the page and one for the run; more where there isn't.
  test.setTimeout(420_000);
  await open(page);
  await openScenario(page, "stage-4");
  await node(page, "Write API").click();
  await page.getByTestId("run-play").click();
  // The run has a length of its own, and begins at the pace that shows it in a minute.
  await expect(page.getByTestId("run-bar")).toContainText("of 1:00:00");
  await expect(page.getByTestId("run-pace").locator("option:checked")).toHaveText("× 60");
  await page.getByTestId("run-pace").selectOption({ label: "full speed" });
  await expect(page.getByTestId("run-speed")).toHaveText("over", { timeout: 400_000 });

  // The plots: as many requests and machines at noon as at no other time, and few of both in the night before and after.
  const chosen = page.getByTestId("plot-instances");
  if ((await chosen.getAttribute("aria-pressed")) !== "true") await chosen.click();
  await page.getByTestId("plot-part").selectOption({ label: "Write API" });
  /** What the keys of a plot say at this share of the day. */
  const at = async (plot, share, name) => {
    const box = await page.getByTestId(`frame-${plot}`).boundingBox();
    const [left, right] = [46, 8];
    await page.mouse.move(box.x + left + share * (box.width - left - right), box.y + box.height / 2);
    const words = await page.getByTestId(`run-${plot}`).innerText();
    const [, number, thousands] = new RegExp(`${name}\\s*([\\d.,]+)( k)?`).exec(words);
    return Number(number.replaceAll(",", "")) * (thousands ? 1_000 : 1);
  };
  await page.getByTestId("frame-instances").scrollIntoViewIfNeeded();
  expect(await at("instances", 0.5, "serving")).toBeGreaterThanOrEqual(8);
  expect(await at("instances", 0.02, "serving")).toBeLessThan(5);
  expect(await at("instances", 0.98, "serving")).toBeLessThan(6);
  await page.getByTestId("frame-rates").scrollIntoViewIfNeeded();
  expect(await at("rates", 0.5, "served")).toBeGreaterThan(8_000);
  expect(await at("rates", 0.02, "served")).toBeLessThan(2_200);

  // Few machines at night, more at the peak; what they cost against as many all the time.
  const pool = page.getByTestId("pool-5");
  await expect(pool).toContainText("Write API");
  const [mean, most] = (await pool.locator("td").allInnerTexts()).map((text) => Number.parseFloat(text.replace(",", "")));
  expect(most).toBeGreaterThanOrEqual(8);
  expect(mean).toBeGreaterThan(4);
  expect(mean).toBeLessThan(0.8 * most);
  await expect(pool.locator("td").last()).toHaveText(/^\d+ %$/);
  // The read API doesn't scale: it is none of them.
  await expect(page.getByTestId("pools")).not.toContainText("Read API");
});
