// The ends of links, what lies beyond the edge of the drawing's window, and keys that come quickly.
import { idOf, node, openScenario, wireMiddle } from "./lib/drawing.mjs";
import { drag, expect, middle, open, test } from "./lib/page.mjs";

const MAIL_LINK = 13;

test("the mail is taken out of the request by plugging its link in at the workers", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-5");
  await expect(page.locator(".node.bottleneck strong")).toHaveText("Write API");
  // The line's end at the write API goes to the workers; nothing new is drawn.
  await drag(page, await wireMiddle(page, MAIL_LINK, 0.08), node(page, "Workers"));
  await expect(page.locator("path[data-testid^='link-']")).toHaveCount(13);
  await page.mouse.click(...Object.values(await wireMiddle(page, MAIL_LINK)));
  await expect(page.getByTestId("inspector")).toContainText("Workers");
  await expect(page.getByTestId("inspector")).toContainText("Mail provider");
  // A selected line shows its two ends.
  await expect(page.locator(".wire-end")).toHaveCount(2);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+z");
  await page.mouse.click(...Object.values(await wireMiddle(page, MAIL_LINK)));
  await expect(page.getByTestId("inspector")).toContainText("Write API");
});

test("a line's end is plugged in elsewhere with the keyboard alone", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.mouse.click(...Object.values(await wireMiddle(page, 8)));
  await page.keyboard.press("c");
  await expect(page.getByTestId("status")).toContainText("Choose the other end");
  for (let step = 0; step < 20; step += 1) {
    await page.keyboard.press("Tab");
    if ((await page.getByTestId("status").innerText()).includes("Primary")) break;
  }
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("inspector")).toContainText("Primary");
  await expect(page.getByTestId("status")).toContainText("Connected: Read API");
});

test("the drawing comes towards a part that is dragged to its edge", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  const stage = page.getByTestId("stage");
  const left = () => stage.evaluate((element) => new DOMMatrix(getComputedStyle(element).transform).e);
  const before = await left();
  const canvas = await page.getByTestId("canvas").boundingBox();
  const start = await middle(node(page, "Images"));
  const moves = async () => page.getByTestId(`node-${await idOf(page, "Images")}`).evaluate((element) => new DOMMatrix(getComputedStyle(element).transform).e);
  const placed = await moves();
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(canvas.x + canvas.width - 6, start.y, { steps: 8 });
  await expect.poll(left).toBeLessThan(before - 80);
  await page.mouse.up();
  const rest = await left();
  expect((await moves()) - placed).toBeGreaterThan(300);
  // Let go, nothing moves on.
  await page.waitForTimeout(120);
  expect(await left()).toBe(rest);
  await page.keyboard.press("Control+z");
  expect(await moves()).toBe(placed);
});

test("what is typed right after Enter goes into the name, not to the commands", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await node(page, "Images").click();
  await expect(page.getByTestId("inspector-name")).toHaveValue("Images");
  // Faster than any frame: the field has the keyboard before the key's event is over.
  const focused = await page.evaluate(() => {
    const canvas = document.getElementById("canvas");
    canvas.focus();
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    return document.activeElement.id;
  });
  expect(focused).toBe("inspector-name");
});

test("while nothing answers, no figure claims that anything does", async ({ page }) => {
  await open(page);
  await page.getByTestId("drop-client").click();
  await expect(page.getByTestId("figure-slowest-p99")).toHaveText("none");
  await expect(page.getByTestId("figure-sustains")).toHaveText("nothing");
  await expect(page.getByTestId("figure-head-room")).toHaveText("none");
});
