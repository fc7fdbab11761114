// Why, of what is paid for otherwise than in money: availability, stale reads, work for later, what there is to run; and of a lesson's objectives.
import { figure, node, openScenario } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

const coin = (page, name) => page.getByTestId(`price-${name}`);
const question = (page) => page.getByTestId("why-question");
const words = (page) => page.getByTestId("why-words");
const remedies = (page) => page.locator("[data-testid^='why-remedy-']");
const titled = (page, title) => remedies(page).filter({ hasText: title }).first();

/** Opens a coin's page and asks there. */
async function ask(page, name, about) {
  await coin(page, name).click();
  await page.getByTestId(`ask-why-${about}`).first().click();
}

test("availability is asked why, and what watches the machines is put on with one click and off with one key", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-5");
  const answered = coin(page, "availability").locator("b");
  await expect(answered).toContainText("%");
  const before = await answered.innerText();
  await ask(page, "availability", "availability");
  await expect(question(page)).toHaveText("Why isn't it always available?");
  // The page's own figure stands in the answer.
  await expect(words(page)).toContainText(`${before} of all requests are answered.`);
  await expect(words(page)).toContainText("of that would be gone if Web servers never failed");
  await expect(words(page)).toContainText("By itself each of these brings a class down");
  const first = remedies(page).first();
  await expect(first).toContainText("Load balancer: Health checks: on");
  await expect(first).toContainText(/downtime −.* a year/);
  await expect(titled(page, "Primary: Automatic failover: on")).toContainText(/lost 0\s→ .*\sa month/);
  await first.click();
  await expect(answered).not.toHaveText(before);
  await expect(remedies(page).first()).not.toContainText("Load balancer: Health checks: on");
  await page.keyboard.press("Control+z");
  await expect(answered).toHaveText(before);

  // One class alone.
  await ask(page, "availability", "availability-1");
  await expect(question(page)).toHaveText(/^Why isn't .* always answered\?$/);
});

test("stale reads and what there is to run are asked why, by the keyboard alone", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-3");
  await coin(page, "consistency").click();
  await page.getByTestId("ask-why-stale-reads").focus();
  await page.keyboard.press("Enter");
  await expect(question(page)).toHaveText("Why are reads out of date?");
  await expect(words(page)).toContainText("it keeps an answer for its time to live of 60 s");
  // What it does to freshness, and what it takes elsewhere.
  const shorter = titled(page, "Post cache: Time to live: 60 s → 30 s");
  await expect(shorter).toContainText("stale 23 % → 20 %");
  await expect(shorter).toContainText("p99 +");
  const stale = coin(page, "consistency").locator("b");
  const before = await stale.innerText();
  await titled(page, "tells Post cache what it writes").focus();
  await page.keyboard.press("Enter");
  await expect(stale).not.toHaveText(before);
  await page.keyboard.press("Control+z");
  await expect(stale).toHaveText(before);

  await ask(page, "complexity", "complexity");
  await expect(question(page)).toHaveText("Why is there so much to run?");
  await expect(words(page)).toContainText("There are 8 kinds of parts to know");
  await titled(page, "Without Load balancer").click();
  await expect(node(page, "Load balancer")).toHaveCount(0);
  await expect(words(page)).toContainText("There are 7 kinds of parts to know");
  await page.keyboard.press("Control+z");
  await expect(node(page, "Load balancer")).toBeVisible();
});

test("work for later has its figure and its why, and a lesson's objectives are asked about by what they are", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-5");
  const later = await figure(page, "done-later").innerText();
  await page.getByTestId("ask-why-completion").click();
  await expect(words(page)).toContainText(`is done ${later} after it was handed over, on average.`);

  await page.getByTestId("learn").click();
  await page.getByTestId("lesson-message-queue").click();
  await page.getByTestId("lesson-step-task").click();
  await page.getByTestId("ask-why-lesson-2").click();
  await expect(question(page)).toHaveText("Why is the work of Order done so late?");
  await page.getByTestId("ask-why-lesson-1").click();
  await expect(question(page)).toHaveText("Why is the p95 of Order as it is?");
  await expect(words(page)).toContainText("Of Order, p95 may be 120 ms at most");
});
