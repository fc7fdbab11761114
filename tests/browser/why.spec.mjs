// Why, in words: asked of a part, a figure and an objective, by mouse and by key; what helps is made with one click and undone with one key.
import { figure, node, openScenario } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

const words = (page) => page.getByTestId("why-words");
const remedies = (page) => page.locator("[data-testid^='why-remedy-']");

test("a figure is asked why, what helps is made with one click and undone with one key", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("ask-why-latency-1").first().click();
  await expect(page.getByTestId("tab-why")).toHaveAttribute("aria-selected", "true");
  await expect(page.getByTestId("why-question")).toHaveText("Why does View post take so long?");
  await expect(words(page)).toContainText("p99 of View post is 311 ms");
  await expect(words(page)).toContainText("is waiting for one of the 4 cores of Replica, 91 % busy");
  // What has a price stands before what takes work that no bill shows.
  await expect(remedies(page).first()).not.toContainText("but work");
  await expect(remedies(page).filter({ hasText: "Unindexed reads" }).first()).toContainText("no higher bill, but work");

  // The words follow the design.
  await page.getByRole("button", { name: /Replica: Add a cache/ }).click();
  await expect(words(page)).toContainText("Cache answers");
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(10);
  await page.keyboard.press("Control+z");
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(9);
  await expect(words(page)).toContainText("p99 of View post is 311 ms");

  await page.getByTestId("why-close").click();
  await expect(page.getByTestId("tab-why")).toHaveCount(0);
  await expect(figure(page, "slowest-p99")).toHaveText("311 ms");
});

test("a part is asked by key, and the whole is done without a mouse", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Replica").click();
  await page.keyboard.press("w");
  await expect(page.getByTestId("why-question")).toHaveText("Why is Replica as it is?");
  await expect(words(page)).toContainText("It limits the whole design.");
  await expect(words(page)).toContainText("As a copy it lags");
  const first = remedies(page).first();
  await expect(first).toBeEnabled();
  const title = await first.locator("b").innerText();
  await first.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("undo")).toHaveAttribute("title", new RegExp(title.split(":")[0]));
  await expect(words(page)).not.toContainText("It limits the whole design.");
  await page.keyboard.press("Control+z");
  await expect(words(page)).toContainText("It limits the whole design.");
});

test("objectives and the bill are asked as well, and while something runs the words say what they are of", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("ask-why-cost").click();
  await expect(words(page)).toContainText("The design costs $7,356 a month.");
  await expect(remedies(page).first()).toContainText("saves");
  await page.getByTestId("tab-objectives").click();
  await page.getByTestId("ask-why-objective-3").click();
  await expect(words(page)).toContainText("Every station may be busy for 70 % at most: it is 91 %, so that it is missed by 29 %.");
  await expect(page.getByTestId("why-steady")).toHaveCount(0);
  await page.getByTestId("run-play").click();
  await expect(page.getByTestId("tab-run")).toHaveAttribute("aria-selected", "true");
  await page.getByTestId("tab-why").click();
  await expect(page.getByTestId("why-steady")).toContainText("the word of the steady state");
});
