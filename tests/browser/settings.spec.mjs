// What if any other number than a part's were another: a class's, a link's, a call's, of what a population sends.
import { figure, node, openScenario, savedFile, wireMiddle } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

const value = (page) => page.getByTestId("what-if-value");
const figures = (page) => page.getByTestId("what-if-figures");
const chosen = (page, name) => page.getByTestId(`what-if-${name}`).locator("option:checked");

/** Sets what is looked at, and says what the results then say of the slowest p99. */
async function set(page) {
  await page.getByTestId("what-if-measure").selectOption("p99");
  await page.getByTestId("what-if-class").selectOption("");
  const promised = /Slowest p99\s*([\d.,]+ m?s)/.exec(await figures(page).innerText())[1];
  await page.getByTestId("what-if-set").click();
  await expect(page.getByTestId("what-if-set")).toHaveAttribute("aria-disabled", "true");
  await page.getByTestId("tab-results").click();
  await expect(figure(page, "slowest-p99")).toHaveText(promised);
  await page.getByTestId("tab-what-if").click();
}

test("a link's round trip is looked at from its inspector, set by one click and undone by one key", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  const wire = await wireMiddle(page, 2, 0.3);
  await page.mouse.click(wire.x, wire.y);
  await page.getByTestId("what-if-link-round_trip").click();
  await expect(chosen(page, "owner")).toHaveText(/^Users → /);
  await expect(chosen(page, "setting")).toHaveText("Round trip");
  await expect(value(page)).toHaveText(/ ms$/);
  const today = await value(page).innerText();
  const chart = page.getByTestId("what-if").locator(".plot-frame").first();
  const box = await chart.boundingBox();
  await page.mouse.move(box.x + box.width - 12, box.y + box.height / 2);
  await expect(value(page)).not.toHaveText(today);
  const another = await value(page).innerText();
  await set(page);
  await expect(page.getByTestId("link-round-trip")).toHaveValue(another.replace(" ms", ""));
  await page.keyboard.press("Control+z");
  await expect(page.getByTestId("link-own-trip")).not.toBeChecked();
  await expect(value(page)).toHaveText(today);
});

test("everything that a design can be turned by is chosen by the keyboard", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Users").click();
  await page.getByTestId("what-if-mix-1").click();
  const original = JSON.parse((await savedFile(page)).text);
  const first = original.classes[0];
  await expect(chosen(page, "owner")).toHaveText("Users");
  await expect(chosen(page, "setting")).toHaveText(`Weight of ${first.name}`);
  // Letters find an option, as in any list.
  await page.getByTestId("what-if-owner").focus();
  await page.keyboard.type(first.name);
  await expect(chosen(page, "owner")).toHaveText(first.name);
  await page.getByTestId("what-if-setting").focus();
  await page.keyboard.type("Response");
  await expect(chosen(page, "setting")).toHaveText("Response size");
  await expect(value(page)).toHaveText(/ B$/);
  await page.getByTestId("what-if-slider").focus();
  await page.keyboard.press("End");
  await page.getByTestId("what-if-set").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("what-if-set")).toHaveAttribute("aria-disabled", "true");
  const size = async () => JSON.parse((await savedFile(page)).text).classes[0].response_bytes;
  expect(await size()).toBe(8 * first.response_bytes);
  await page.getByTestId("what-if-set").focus();
  await page.keyboard.press("Control+z");
  expect(await size()).toBe(first.response_bytes);
});

test("a call's number is looked at from its plan, which is the user's own once it is set", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Read API").click();
  await page.getByTestId("pane-calls").click();
  await page.getByTestId("plan-1").locator("summary").click();
  await page.getByTestId("what-if-call-1-0-0-count").click();
  await expect(chosen(page, "owner")).toHaveText("Read API");
  await expect(chosen(page, "setting")).toHaveText(/: times \(/);
  await expect(value(page)).toHaveText("1");
  await page.getByTestId("what-if-slider").focus();
  await page.keyboard.press("ArrowRight");
  const more = await value(page).innerText();
  await page.getByTestId("what-if-set").click();
  await expect(page.getByTestId("plan-1")).toContainText("yours");
  await expect(page.getByTestId("call-1-0-0-count")).toHaveValue(more);
  await page.getByTestId("undo").click();
  await expect(page.getByTestId("plan-1")).toContainText("inferred");
});
