// The price of the design, always in sight: what each coin says, rows that point at the drawing, fixes in one click, prices to change.
import { node, openScenario, wireMiddle } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

const coin = (page, name) => page.getByTestId(`price-${name}`);

test("a design's price is in sight, points at what it is about, and is mended with one click and one key", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await expect(coin(page, "cost")).toContainText("$");
  await expect(coin(page, "availability")).toContainText("4 single points of failure");
  await expect(coin(page, "security")).toContainText("4 findings");
  await expect(coin(page, "complexity")).toContainText("4 hops, 3 stateful");

  // Single points of failure, by mouse and by keyboard.
  await coin(page, "availability").click();
  const single = page.getByTestId("single-points");
  await expect(single).toContainText("Primary");
  await single.getByRole("button", { name: "Primary" }).hover();
  await expect(node(page, "Primary")).toHaveClass(/pointed/);
  await expect(node(page, "Replica")).not.toHaveClass(/pointed/);
  await single.getByRole("button", { name: "Replica" }).focus();
  await expect(node(page, "Replica")).toHaveClass(/pointed/);
  await expect(page.getByTestId("cut-sets")).toContainText("both instances of Web servers");

  // A finding is mended, and the mending undone.
  await coin(page, "security").click();
  await expect(node(page, "Replica")).not.toHaveClass(/pointed/);
  const before = await coin(page, "availability").locator("b").innerText();
  await page.getByTestId("fix-Unwatched").click();
  await expect(coin(page, "security")).toContainText("3 findings");
  await expect(page.getByTestId("finding-Unwatched")).toHaveCount(0);
  await expect(coin(page, "availability").locator("b")).not.toHaveText(before);
  await expect(page.getByTestId("last-change")).toContainText("Requests lost to failures");
  await page.keyboard.press("Control+z");
  await expect(coin(page, "security")).toContainText("4 findings");
  await expect(coin(page, "availability").locator("b")).toHaveText(before);

  // By the keyboard alone: a gateway before the door, a part more on the drawing.
  await page.getByTestId("fix-NoRateLimit").focus();
  await page.keyboard.press("Enter");
  await expect(node(page, "API gateway")).toBeVisible();
  await expect(page.getByTestId("finding-NoRateLimit")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(node(page, "API gateway")).toHaveCount(0);
});

test("a price is changed where it stands, and what everything costs follows", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await coin(page, "cost").click();
  const rows = page.getByTestId("price-page-cost");
  await expect(rows).toContainText("RDS");
  const total = coin(page, "cost").locator("b");
  const before = await total.innerText();
  const field = page.locator("#price-8-instance_price");
  const listed = await field.inputValue();
  await field.fill("1000");
  await expect(total).not.toHaveText(before);
  await expect(field).toBeFocused();
  await expect(rows).toContainText("set here");
  await page.getByTestId("price-8-instance_price-reset").click();
  await expect(field).toHaveValue(listed);
  await expect(total).toHaveText(before);
});

test("the single box is one of everything and open to all", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-0");
  await expect(coin(page, "availability")).toContainText("99.47 %");
  await expect(coin(page, "security")).toContainText("2 grave");
  await coin(page, "security").click();
  await expect(page.getByTestId("findings")).toContainText("Nothing lies in a private subnet");
  await coin(page, "complexity").click();
  await expect(page.getByTestId("price-page-complexity")).toContainText("Blog server");
});

test("a way out of the network that isn't encrypted is found, and encrypted with one click", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("canvas").focus();
  const way = await wireMiddle(page, 2);
  await page.mouse.click(way.x, way.y);
  const encrypted = page.getByTestId("link-encrypted");
  await expect(encrypted).toBeChecked();
  await encrypted.click();
  await coin(page, "security").click();
  await expect(page.getByTestId("finding-UnencryptedHop")).toContainText("isn't encrypted");
  await page.getByTestId("fix-UnencryptedHop").click();
  await expect(page.getByTestId("finding-UnencryptedHop")).toHaveCount(0);
  await expect(encrypted).toBeChecked();
  await page.keyboard.press("Control+z");
  await expect(page.getByTestId("finding-UnencryptedHop")).toHaveCount(1);
});

test("a bill says that it is the day's average, and of how many machines of how many at the peak", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-5");
  await page.getByTestId("price-cost").click();
  await expect(page.getByTestId("price-load")).toContainText("the day's average load, 60 % of the peak's");
  const row = page.locator("tr.price-part", { hasText: "Write API" });
  await expect(row).toContainText(/average over the day: [\d.]+ instances, of 32 at the peak/);
});
