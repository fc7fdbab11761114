// What lies over what: nothing of the header is off the glass, nothing lies over a part, and what is asked about is where it is read from.
import { readFile } from "node:fs/promises";
import { node, openScenario } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

/** The parts under the run's controls, its key or a panel that lies over the drawing, and those beyond its edge. */
async function hidden(page) {
  return page.evaluate(() => {
    const seen = (selector) => {
      const element = document.querySelector(selector);
      return element && getComputedStyle(element).visibility === "visible" ? element.getBoundingClientRect() : undefined;
    };
    const drawing = document.getElementById("canvas").getBoundingClientRect();
    const found = [];
    for (const part of document.querySelectorAll("[data-testid^='node-']")) {
      const own = part.getBoundingClientRect();
      const name = part.innerText.split("\n")[0];
      if (own.x < drawing.x || own.right > drawing.right || own.y < drawing.y || own.bottom > drawing.bottom) found.push(`${name} beyond the edge`);
      for (const over of [".run-bar", ".flow-key", ".palette.open", ".inspector.open", ".results.open"]) {
        const other = seen(over);
        if (other && own.x < other.right && other.x < own.right && own.y < other.bottom && other.y < own.bottom) found.push(`${name} under ${over}`);
      }
    }
    return found;
  });
}

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });

  test("all of the header is on the glass whatever is wrong with the document, and the answer stands in the results", async ({ page }) => {
    const text = await readFile(new URL("../../sim/scenarios/stage-2.json", import.meta.url), "utf8");
    const design = JSON.parse(text);
    design.components[2].kind = "frobnicator";
    await open(page);
    await page.getByTestId("scenarios").tap();
    await page.getByTestId("scenario-stage-2").tap();
    await page.getByTestId("drawer-results").tap();
    await expect(page.getByTestId("headline")).toBeVisible();
    await expect(page.getByTestId("headline")).toContainText("Bottleneck: Replica91 % busy");
    await page.getByTestId("drawer-results").tap();
    await page.getByTestId("more").tap();
    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("menuitem", { name: "Open a file" }).tap();
    const buffer = Buffer.from(JSON.stringify(design));
    await (await choosing).setFiles({ name: "design.json", mimeType: "application/json", buffer });
    await expect(page.getByTestId("problems")).toBeVisible();
    await page.keyboard.press("Escape");
    const problems = page.getByTestId("problems-button");
    await expect(problems).toBeVisible();
    await expect(problems).toHaveAccessibleName(/^\d+ problems?$/);
    for (const button of await page.getByTestId("header").locator("button:visible").all()) {
      const box = await button.boundingBox();
      const name = await button.getAttribute("data-testid");
      expect(box.x, name).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width, name).toBeLessThanOrEqual(390);
      expect(Math.min(box.width, box.height), name).toBeGreaterThanOrEqual(24);
    }
  });

  test("another page of the results is read from its beginning", async ({ page }) => {
    await open(page);
    await page.getByTestId("scenarios").tap();
    await page.getByTestId("scenario-stage-2").tap();
    await page.getByTestId("drawer-results").tap();
    const body = page.locator(".results-body");
    await expect(page.getByTestId("figure-sent")).toBeVisible();
    await body.evaluate((body) => body.scrollTo(0, 200));
    expect(await body.evaluate((body) => body.scrollTop)).toBe(200);
    await page.getByTestId("tab-assumptions").tap();
    await expect(page.getByTestId("assumptions-page")).toBeVisible();
    expect(await body.evaluate((body) => body.scrollTop)).toBe(0);
  });

  test("the run's controls, its key and the sheets lie over no part of a stage", async ({ page }) => {
    test.slow();
    for (let stage = 0; stage <= 6; stage += 1) {
      await open(page, `lesson=stage-${stage}/task`);
      await expect(page.getByTestId("lesson-run")).toBeVisible();
      await expect.poll(() => hidden(page), `stage ${stage} beside its task`).toEqual([]);
      await page.getByTestId("lesson-run").tap();
      await expect(page.getByTestId("lesson-hurry")).toBeVisible();
      await expect.poll(() => hidden(page), `stage ${stage} while it runs`).toEqual([]);
      await page.getByTestId("drawer-results").tap();
      await expect(page.getByTestId("run-bar")).toBeVisible();
      await expect.poll(() => hidden(page), `stage ${stage} above the results`).toEqual([]);
      await page.getByTestId("drawer-results").tap();
      await expect(page.getByTestId("results")).toBeHidden();
      await expect.poll(() => hidden(page), `stage ${stage} by itself`).toEqual([]);
    }
  });
});

test.describe("on a tablet", () => {
  test.use({ viewport: { width: 1024, height: 768 } });

  test("why is asked beside a lesson that stays, and its run hides no part", async ({ page }) => {
    // A whole run is waited for.
    test.setTimeout(120_000);
    await open(page, "lesson=stage-6/task");
    await page.getByTestId("ask-why-lesson-1").click();
    await expect(page.getByTestId("tab-why")).toHaveAttribute("aria-selected", "true");
    await expect(page.getByTestId("lesson-run")).toBeInViewport();
    await page.getByTestId("lesson-run").click();
    await expect(page.getByTestId("flow-key")).toBeVisible();
    await expect.poll(() => hidden(page)).toEqual([]);
    await page.getByTestId("lesson-hurry").click();
    await expect(page.getByTestId("lesson-hurry")).toHaveCount(0, { timeout: 60_000 });
    // What the key names by now is more than at first.
    await expect.poll(() => hidden(page)).toEqual([]);
  });
});

test("another part is read from its beginning", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Replica").click();
  await page.getByTestId("delete").scrollIntoViewIfNeeded();
  const scrolled = () => page.getByTestId("inspector").evaluate((inspector) => inspector.scrollTop);
  expect(await scrolled()).toBeGreaterThan(100);
  await node(page, "Read API").click();
  await expect(page.getByTestId("inspector-name")).toHaveValue("Read API");
  expect(await scrolled()).toBe(0);
});

test("what is assumed of several parts is said once, and what an objective asks for is read whole", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("tab-assumptions").click();
  const alike = page.locator(".assumption", { hasText: "Queues behind the balancer" });
  await expect(alike).toHaveCount(1);
  await expect(alike.locator("summary")).toContainText("Web servers, Write API, Read API");
  await alike.locator("summary").click();
  await expect(alike.locator("p")).toHaveCount(3);
  const target = page.getByTestId("objective-2-target");
  await expect(target.locator("option:checked")).toHaveText("every station at most");
  const width = await target.evaluate((select) => {
    const words = document.createElement("span");
    words.textContent = select.selectedOptions[0].textContent;
    words.style.cssText = `position: absolute; font: ${getComputedStyle(select).font}`;
    document.body.append(words);
    const width = words.offsetWidth;
    words.remove();
    return { words: width, room: select.clientWidth - 32 };
  });
  expect(width.words).toBeLessThanOrEqual(width.room);
});
