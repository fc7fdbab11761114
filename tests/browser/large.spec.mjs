// A drawing of a thousand components stays as direct under the hand as one of ten.
import { largeDocument, watchMutations, zoomTo } from "./lib/large.mjs";
import { expect, open, openFile, test } from "./lib/page.mjs";

test("dragging one of 1,000 components touches that node and its links, nothing else", async ({ page }) => {
  // Without a graphics card, painting a thousand nodes takes its time.
  test.slow();
  const { document, dragged, neighbours } = largeDocument();
  await open(page);
  await openFile(page, document);
  const node = page.getByTestId(`node-${dragged}`);
  await expect(node).toBeAttached();
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(document.components.length);

  // From afar it is a plain card; near enough to be read, it says everything.
  await expect(node.locator(".node-name")).toHaveCount(0);
  const start = await zoomTo(page, node);
  await expect(node.locator("strong")).toBeVisible();
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  // Picking it up selects it and marks it; from here on it only moves.
  await page.mouse.move(start.x + 20, start.y + 20, { steps: 4 });
  await watchMutations(page);
  await page.mouse.move(start.x + 120, start.y + 70, { steps: 25 });
  const touched = await page.evaluate(() => window.__stopWatching());
  await page.mouse.up();

  expect(touched.nodes).toEqual([dragged]);
  expect(touched.links).toEqual(neighbours);
  expect(touched.others).toEqual([]);
});
