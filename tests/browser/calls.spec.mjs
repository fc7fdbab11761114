// What a service calls for a class, as somebody types it: letter by letter, and the field stays where it is.
import { node, openScenario } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

test("numbers of a call are typed figure by figure", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-3");
  await node(page, "Read API").click();
  await page.getByTestId("pane-calls").click();
  await page.getByTestId("plan-1").locator("summary").click();
  for (const name of ["gives-up", "retries", "breaks"]) await page.getByTestId(`call-1-1-0-${name}`).click();
  for (const [name, typed] of [["probability", "55"], ["timeout", "250"], ["retry-count", "10"], ["backoff", "1250"], ["timeout", "125"]]) {
    const field = page.getByTestId(`call-1-1-0-${name}`);
    await field.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type(typed, { delay: 30 });
    await expect(field, "it keeps the keyboard").toBeFocused();
    await page.keyboard.press("Enter");
    await expect.poll(async () => Number((await field.inputValue()).replace(/[^\d.]/g, "")), name).toBe(Number(typed));
  }
});
