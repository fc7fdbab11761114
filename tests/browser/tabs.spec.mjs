// Two tabs with the same work: neither overwrites what was drawn in the other.
import { node, openScenario, stored } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

/** Gives the drawing another title, as a person who types it. */
async function entitle(page, title) {
  await page.getByTestId("title").fill(title);
  await page.getByTestId("title").press("Enter");
}

/** A second tab of the same browser. */
async function secondTab(page, context) {
  const other = await context.newPage();
  await open(other);
  await expect(node(other, "Users")).toBeVisible();
  return other;
}

test("a change in one tab is offered to the other, which can show it", async ({ page, context }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await stored(page);
  const other = await secondTab(page, context);
  await entitle(page, "Drawn in the first");
  await stored(page);
  await expect(other.getByTestId("toast")).toContainText("changed in another tab");
  await other.getByTestId("toast-remedy").click();
  await expect(other.getByTestId("title")).toHaveValue("Drawn in the first");
  // From here on the other tab has the last word, and the first one is told.
  await entitle(other, "Drawn in the second");
  await expect(page.getByTestId("toast")).toContainText("changed in another tab");
});

test("two tabs that both change the drawing keep both, also over a reload", async ({ page, context }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await stored(page);
  const other = await secondTab(page, context);
  await entitle(page, "Mine");
  await stored(page);
  await expect(other.getByTestId("toast")).toContainText("changed in another tab");
  await entitle(other, "Theirs");
  await stored(other);
  await expect(other.getByTestId("toast").filter({ hasText: "Both are kept:" })).toBeVisible();

  await page.reload();
  await expect(page.getByTestId("title")).toHaveValue("Mine");
  await other.reload();
  await expect(other.getByTestId("title")).toHaveValue("Theirs");

  // When that tab is gone, the next one goes on with what was drawn last and offers the other; nothing of it is lost by looking.
  await other.close();
  const third = await secondTab(page, context);
  await expect(third.getByTestId("title")).toHaveValue("Theirs");
  await expect(third.getByTestId("toast")).toContainText("Mine");
  await third.getByTestId("toast-remedy").click();
  await expect(third.getByTestId("title")).toHaveValue("Mine");
  await third.reload();
  await expect(third.getByTestId("title")).toHaveValue("Mine");
  // What was drawn last is no matter of who was first.
  await entitle(page, "Mine, later");
  await stored(page);
  const fourth = await secondTab(page, context);
  await expect(fourth.getByTestId("title")).toHaveValue("Mine, later");
  await expect(fourth.getByTestId("toast").filter({ hasText: "Theirs" })).toBeVisible();
  await fourth.close();
  await page.reload();
  await expect(page.getByTestId("title")).toHaveValue("Mine, later");
});
