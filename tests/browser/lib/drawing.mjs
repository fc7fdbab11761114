// What a person sees and does on the drawing: parts by their names, links by their ends, figures as they are written.
import { readFile } from "node:fs/promises";
import { drag, expect } from "./page.mjs";

/** The node of the part with this name. */
export function node(page, name) {
  return page.locator("[data-testid^='node-']", { has: page.locator(".node-name strong", { hasText: new RegExp(`^${name}$`) }) });
}

/** The number in a node's test id. */
export async function idOf(page, name) {
  return Number((await node(page, name).getAttribute("data-testid")).slice("node-".length));
}

/** The lines there are. */
export function links(page) {
  return page.locator("path[data-testid^='link-']");
}

/** A key figure of the results, as it is written. */
export function figure(page, name) {
  return page.getByTestId(`figure-${name}`);
}

/** A part's utilisation as its node writes it, in per cent; NaN while it writes none. */
export async function utilisation(page, name) {
  const text = await node(page, name).locator(".node-figures b").innerText();
  return text.includes("%") ? Number.parseFloat(text.replace(/[^0-9.]/g, "")) : Number.NaN;
}

/** The drawing as the file that the page saves. */
export async function savedFile(page, press = () => page.getByTestId("save").click()) {
  const downloading = page.waitForEvent("download");
  await press();
  const download = await downloading;
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

/** Opens a built-in scenario by the menu, and waits for its answer. */
export async function openScenario(page, name) {
  await page.getByTestId("scenarios").click();
  await page.getByTestId(`scenario-${name}`).click();
  await expect(page.getByTestId("headline")).toContainText(/Bottleneck|Saturated/);
}

/** Waits until the page has put the work into the browser's storage. */
export async function stored(page) {
  await expect(page.getByTestId("saved")).toHaveText("saved");
}

/** Drags a part out of the palette onto the canvas, to this many pixels from its top left corner. */
export async function place(page, kind, x, y) {
  const canvas = await page.getByTestId("canvas").boundingBox();
  await drag(page, page.getByTestId(`part-${kind}`), { x: canvas.x + x, y: canvas.y + y });
}

/** A point on a link's line, in page coordinates, at this share of its way. */
export async function wireMiddle(page, id, share = 0.5) {
  return page.getByTestId(`link-${id}`).evaluate((path, share) => {
    const point = path.getPointAtLength(path.getTotalLength() * share).matrixTransform(path.getScreenCTM());
    return { x: point.x, y: point.y };
  }, share);
}

/** Waits until the page has drawn what it has been told. */
export async function drawn(page) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/**
 * Takes hold of a parameter's slider and moves it up to the first number that is `reached`, halving the way as a
 * hand does that overshoots and comes back. `reached` gets the number beside the slider.
 */
export async function slide(page, parameter, reached) {
  const slider = page.getByTestId(`parameter-${parameter}-slider`);
  const entry = page.getByTestId(`parameter-${parameter}-entry`);
  await slider.scrollIntoViewIfNeeded();
  const box = await slider.boundingBox();
  const THUMB = 16;
  const share = await slider.evaluate((input) => (input.value - input.min) / (input.max - input.min));
  const y = box.y + box.height / 2;
  let before = box.x + THUMB / 2 + share * (box.width - THUMB);
  let behind = box.x + box.width;
  const isReachedAt = async (x) => {
    await page.mouse.move(x, y);
    await drawn(page);
    return reached(Number((await entry.inputValue()).replace(/,/g, "")));
  };
  await page.mouse.move(before, y);
  await page.mouse.down();
  while (behind - before > 0.6) {
    const half = (before + behind) / 2;
    if (await isReachedAt(half)) behind = half;
    else before = half;
  }
  if (!(await isReachedAt(behind))) throw new Error(`the slider of ${parameter} ends before that`);
  await page.mouse.up();
}
