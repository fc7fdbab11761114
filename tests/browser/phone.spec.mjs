// On a phone a drawing can be opened, moved under the fingers, and its parameters changed.
import { figure, node, utilisation } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });

/** Fingers on the glass: each moves along its own list of points, all at once. */
async function fingers(page, ...paths) {
  const session = await page.context().newCDPSession(page);
  const at = (index) => paths.map((path, id) => ({ x: path[index].x, y: path[index].y, id }));
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(0) });
  for (let index = 1; index < paths[0].length; index += 1) {
    await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(index) });
  }
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await session.detach();
}

/** The points of a straight way. */
function way(from, to, steps = 8) {
  return Array.from({ length: steps + 1 }, (_, step) => ({
    x: from.x + ((to.x - from.x) * step) / steps,
    y: from.y + ((to.y - from.y) * step) / steps,
  }));
}

/** Where something stands once it no longer moves: a sheet slides in with what is on it. */
async function standing(locator) {
  let before = "";
  const moves = async () => {
    const last = before;
    before = JSON.stringify(await locator.boundingBox());
    return before !== last;
  };
  await expect.poll(moves).toBe(false);
  return JSON.parse(before);
}

/** Where the drawing is and how large: x, y and zoom of its stage. */
async function view(page) {
  return page.getByTestId("stage").evaluate((stage) => {
    const { a, e, f } = new DOMMatrix(getComputedStyle(stage).transform);
    return { zoom: a, x: e, y: f };
  });
}

test("stage 3 is opened, panned, pinched and changed with fingers", async ({ page }) => {
  await open(page);
  await page.getByTestId("scenarios").tap();
  await page.getByTestId("scenario-stage-3").tap();
  await expect(page.getByTestId("headline")).toContainText(/Bottleneck|Saturated/);
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(10);

  // Nothing is wider than the glass.
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  // The whole drawing is in view to begin with.
  const canvas = await page.getByTestId("canvas").boundingBox();
  for (const part of await page.locator("[data-testid^='node-']").all()) {
    const box = await part.boundingBox();
    expect(box.x).toBeGreaterThanOrEqual(canvas.x);
    expect(box.x + box.width).toBeLessThanOrEqual(canvas.x + canvas.width);
  }

  // One finger on empty ground pans.
  const start = await view(page);
  const ground = { x: canvas.x + canvas.width / 2, y: canvas.y + 60 };
  await fingers(page, way(ground, { x: ground.x + 40, y: ground.y + 70 }));
  await expect.poll(async () => (await view(page)).y - start.y).toBeGreaterThan(40);
  const panned = await view(page);
  expect(panned.x).toBeGreaterThan(start.x + 20);
  expect(panned.zoom).toBeCloseTo(start.zoom, 6);

  // Two fingers apart zoom in, about the place between them.
  const middle = { x: canvas.x + canvas.width / 2, y: canvas.y + canvas.height / 2 };
  const left = { x: middle.x - 30, y: middle.y };
  const right = { x: middle.x + 30, y: middle.y };
  await fingers(page, way(left, { x: middle.x - 90, y: middle.y }), way(right, { x: middle.x + 90, y: middle.y }));
  await expect.poll(async () => (await view(page)).zoom / panned.zoom).toBeGreaterThan(2);
  const pinched = await view(page);
  const under = ({ x, y, zoom }) => ({ x: (middle.x - canvas.x - x) / zoom, y: (middle.y - canvas.y - y) / zoom });
  expect(Math.abs(under(pinched).x - under(panned).x)).toBeLessThan(20);
  expect(Math.abs(under(pinched).y - under(panned).y)).toBeLessThan(20);
  // The page itself has not been zoomed.
  expect(await page.evaluate(() => visualViewport.scale)).toBe(1);

  // Back to the whole, a tap on a part, and its parameters in the sheet.
  await page.getByTestId("zoom-fit").tap();
  await node(page, "Users").tap();
  await expect(node(page, "Users")).toHaveClass(/selected/);
  await page.getByTestId("drawer-properties").tap();
  await expect(page.getByTestId("inspector-name")).toHaveValue("Users");
  await expect(page.getByTestId("inspector-name")).toBeVisible();
  const sent = await figure(page, "sent").textContent();
  const used = await utilisation(page, "Read API");
  const entry = page.getByTestId("parameter-request_rate-entry");
  const rate = Number((await entry.inputValue()).replace(/,/g, ""));
  await entry.tap();
  await entry.fill(String(rate / 2));
  await expect.poll(() => utilisation(page, "Read API")).toBeLessThan(0.7 * used);

  // The results say it as well.
  await page.getByTestId("drawer-results").tap();
  await expect(figure(page, "sent")).toBeVisible();
  await expect(figure(page, "sent")).not.toHaveText(sent);
  await expect(figure(page, "slowest-p99")).toContainText(/\d+(\.\d+)? (ms|s)$/);
});

test("a part is placed with a tap and taken back", async ({ page }) => {
  await open(page);
  await page.getByTestId("drop-client").tap();
  await expect(node(page, "Clients")).toBeVisible();
  await page.getByTestId("drawer-parts").tap();
  await page.getByTestId("part-single_box").tap();
  await expect(node(page, "Single box")).toBeAttached();
  await page.getByTestId("undo").tap();
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(1);
});

test.describe("lying on its side", () => {
  test.use({ viewport: { width: 844, height: 390 } });

  test("the drawing has most of the glass, and panels come from the side", async ({ page }) => {
    await open(page);
    await page.getByTestId("scenarios").tap();
    await page.getByTestId("scenario-stage-3").tap();
    await expect(page.locator("[data-testid^='node-']")).toHaveCount(10);
    const canvas = await page.getByTestId("canvas").boundingBox();
    expect(canvas.height).toBeGreaterThan(300);
    expect(canvas.width).toBeGreaterThan(700);
    await node(page, "Users").tap();
    for (const [button, panel] of [["properties", "inspector"], ["parts", "palette"], ["results", "results"]]) {
      await page.getByTestId(`drawer-${button}`).tap();
      await expect(page.getByTestId(panel)).toBeInViewport({ ratio: 0.9 });
      // Part of the drawing stays in sight beside it.
      await expect.poll(async () => (await page.getByTestId(panel).boundingBox()).x).toBeGreaterThan(300);
    }
    await page.getByTestId("drawer-results").tap();
    await expect(page.getByTestId("results")).not.toBeInViewport();
  });
});

test("an incident is tried, moved, made longer and asked about with a finger", async ({ page }) => {
  // A whole run is waited for.
  test.setTimeout(120_000);
  await open(page);
  await page.getByTestId("scenarios").tap();
  await page.getByTestId("scenario-stage-3").tap();
  await expect(page.getByTestId("headline")).toContainText(/Bottleneck|Saturated/);
  await page.getByTestId("run-play").tap();
  const bar = await page.getByTestId("run-bar").boundingBox();
  expect(bar.x + bar.width).toBeLessThanOrEqual(390);
  await page.getByTestId("run-break").tap();
  await page.getByTestId("incident-instance-loss").tap();
  await expect(page.getByTestId("verdict-0")).toBeVisible();

  // The bar on the line of time: dragged as a whole, then by its end.
  const fault = page.getByTestId("bar-0");
  await expect(fault).toHaveAttribute("aria-valuetext", /0:15 to 0:25$/);
  const track = await standing(page.locator(".fault-track"));
  const drag = async (from, share) => fingers(page, way(from, { x: from.x + share * track.width, y: from.y + 6 }));
  const whole = await fault.boundingBox();
  await drag({ x: whole.x + 12, y: whole.y + whole.height / 2 }, 0.25);
  await expect(fault).toHaveAttribute("aria-valuetext", /0:30 to 0:40$/);
  const end = await page.getByTestId("bar-0-end").boundingBox();
  expect(end.width, "room for a finger").toBeGreaterThanOrEqual(18);
  await drag({ x: end.x + end.width / 2, y: end.y + end.height / 2 }, 0.1);
  await expect(fault).toHaveAttribute("aria-valuetext", /0:30 to 0:46$/);

  // What fails says why to a finger, too.
  await page.getByTestId("run-to-the-end").tap();
  await expect(page.getByTestId("run-speed")).toHaveText("over", { timeout: 40_000 });
  await page.getByTestId("run-scrub").fill("600");
  await page.getByTestId("drawer-results").tap();
  const mark = page.locator("[data-testid^='trouble-'][aria-label^='Replicas']");
  await expect(mark).toHaveAttribute("aria-label", /lost on the way: it was down/);
  await mark.tap();
  await expect(mark.locator(".trouble-why")).toBeVisible();
  await mark.tap();
  await expect(mark).toHaveAttribute("aria-expanded", "false");
});

test("what is asked why is in sight, its columns too, and it is taken back by what a thumb finds", async ({ page }) => {
  await open(page, "lesson=horizontal-scaling/task");
  await expect(page.getByTestId("lesson-step-task")).toHaveAttribute("aria-current", "step");
  await page.getByTestId("ask-why-lesson-1").tap();
  const tab = page.getByTestId("tab-why");
  await expect(tab).toHaveAttribute("aria-selected", "true");
  const right = async (locator) => {
    const box = await standing(locator);
    return box.x + box.width;
  };
  const pin = await standing(page.getByTestId("pin"));
  await expect.poll(() => right(tab)).toBeLessThanOrEqual(pin.x + 1);
  await expect(page.getByTestId("results")).toContainText("Undo ↶ takes it back.");
  await expect(page.locator(".by-keys").first()).toBeHidden();
  await open(page, "lesson=message-queue/task");
  await expect(page.getByTestId("lesson")).toContainText("queue");
  await page.getByTestId("drawer-results").tap();
  await page.getByTestId("price-availability").tap();
  const cells = page.getByTestId("price-page-availability").locator("th, td");
  await expect(cells.filter({ hasText: "Worked off" })).toHaveCount(1);
  for (const cell of await cells.all()) expect(await right(cell)).toBeLessThanOrEqual(390);
});

test("a tap on the slider where it stands is a bet, and nothing lies over the slider", async ({ page }) => {
  await open(page, "lesson=stage-4/bet");
  const [slider, go] = [page.getByTestId("guess-number"), page.getByTestId("lesson-bet")];
  await expect(go).toBeDisabled();
  const before = await slider.getAttribute("aria-valuetext");
  for (const placed of [false, true]) {
    await slider.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await standing(slider);
    const knob = { x: x + width / 2, y: y + height / 2 };
    const hit = await page.evaluate(({ x, y }) => document.elementFromPoint(x, y)?.dataset.testid, knob);
    expect(hit, placed ? "once a bet is placed" : "before").toBe("guess-number");
    await page.touchscreen.tap(knob.x, knob.y);
    await expect(go).toBeEnabled();
  }
  expect(await slider.getAttribute("aria-valuetext")).toBe(before);
});

for (const lesson of ["stage-3", "stage-6"]) {
  test(`what stands on a node stays on it where a backlog grows: ${lesson}`, async ({ page }) => {
    await open(page, `lesson=${lesson}/reveal`);
    await expect(page.locator(".node.state-saturated").first()).toBeVisible();
    const out = await page.locator(".node").evaluateAll((nodes) =>
      nodes.flatMap((node) => {
        const { left, right } = node.getBoundingClientRect();
        const shown = [...node.querySelectorAll(".node-figures > *")].filter((own) => own.getClientRects().length > 0);
        return shown
          .filter((own) => own.scrollWidth > own.clientWidth + 1 || own.getBoundingClientRect().right > right || own.getBoundingClientRect().left < left)
          .map((own) => own.textContent);
      }),
    );
    expect(out).toEqual([]);
  });
}

test("what a remedy says has the width of the phone", async ({ page }) => {
  await open(page, "lesson=client-and-server/task");
  await page.getByTestId("ask-why-lesson-1").tap();
  const remedy = page.locator(".why-remedies .remedy").first();
  await expect(remedy).toBeVisible({ timeout: 15_000 });
  const [whole, words] = await Promise.all([remedy.boundingBox(), remedy.locator("> span").boundingBox()]);
  expect(words.width).toBeGreaterThan(0.85 * whole.width);
});

test("the title has room beside what plays, a lesson of a link has the focus, and nobody is told of keys", async ({ page }) => {
  await open(page);
  const title = page.getByTestId("title");
  const fits = () => title.evaluate((field) => field.scrollWidth <= field.clientWidth);
  await expect.poll(fits).toBe(true);
  await expect(page.getByTestId("run-play")).toHaveAccessibleName("Play");
  await page.evaluate(() => {
    location.hash = "lesson=client-and-server/task";
  });
  await expect(page.getByTestId("lesson")).toBeFocused();
  await page.getByTestId("drawer-results").tap();
  await page.getByTestId("pin").tap();
  await expect(page.getByTestId("pinned-again")).toBeVisible();
  for (const key of await page.locator(".by-keys").all()) await expect(key).toBeHidden();
});

test("an objective's bound is read whole, and what deletes a class stands at its card's edge", async ({ page }) => {
  await open(page);
  await page.getByTestId("scenarios").tap();
  await page.getByTestId("scenario-stage-2").tap();
  await page.getByTestId("drawer-properties").tap();
  const bound = page.getByTestId("objective-3-bound");
  await expect(bound).toHaveValue("$14,500");
  expect(await bound.evaluate((field) => field.scrollWidth <= field.clientWidth)).toBe(true);
  const [card, bin] = await Promise.all([page.getByTestId("class-1").boundingBox(), page.getByTestId("class-1-delete").boundingBox()]);
  expect(card.x + card.width - bin.x - bin.width).toBeLessThan(16);
});
