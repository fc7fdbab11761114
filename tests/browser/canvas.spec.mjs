// The drawing under a hand that does what the other specs take for granted: aiming, inserting, losing one's way, sliding.
import { drawn, links, node, openScenario, wireMiddle } from "./lib/drawing.mjs";
import { drag, expect, keys, middle, open, test } from "./lib/page.mjs";

/** The cursor that the browser shows at a place. */
async function cursorAt(page, { x, y }) {
  await page.mouse.move(x, y);
  return page.evaluate(([x, y]) => getComputedStyle(document.elementFromPoint(x, y)).cursor, [x, y]);
}

/** Takes hold of a part of the palette and brings it to a place; `during` runs with the button still down. */
async function bring(page, kind, to, during) {
  await drag(page, page.getByTestId(`part-${kind}`), to, { during });
}

test("the cursor says what a press there does", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  for (const press of ["+", "-"]) {
    await keys(page, press);
    const box = await node(page, "Web servers").boundingBox();
    for (const beyond of [-30, -11, -9, -7, -4, 0, 4, 8, 11]) {
      const at = { x: box.x + box.width + beyond, y: box.y + box.height / 2 };
      await page.mouse.move(at.x, at.y + 150);
      const cursor = await cursorAt(page, at);
      await page.mouse.down();
      await page.mouse.move(at.x + 20, at.y + 30, { steps: 3 });
      await expect(page.getByTestId("canvas")).toHaveClass(cursor === "crosshair" ? /connecting/ : /dragging/);
      expect(cursor).toBe(beyond === -30 ? "grab" : "crosshair");
      await keys(page, "Escape");
      await page.mouse.up();
    }
  }
});

test("every link has an arrowhead at what it calls", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-4");
  await expect(links(page)).not.toHaveCount(0);
  for (const link of await links(page).all()) {
    const head = await link.evaluate((path) => {
      const name = getComputedStyle(path).markerEnd.match(/#([\w-]+)/)?.[1];
      return name ? document.getElementById(name)?.tagName : undefined;
    });
    expect(head).toBe("marker");
  }
});

test("a part let go on a link is inserted into it, and one step takes it out again", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  const parts = page.locator("[data-testid^='node-']");
  const before = { parts: await parts.count(), links: await links(page).count() };
  // Between the users and their balancer; "link-1" leads to the DNS.
  const there = await wireMiddle(page, 2);
  await bring(page, "api_gateway", there, async () => {
    await expect(page.getByTestId("receiving")).toHaveCount(1);
    await expect(page.getByTestId("draft")).toHaveCount(2);
    await expect(page.locator(".verdict-bubble")).toHaveText("Users calls API gateway, which calls Load balancer");
  });
  await expect(page.getByTestId("status")).toContainText("Inserted: Users calls API gateway, which calls Load balancer.");
  await expect(page.getByTestId("receiving")).toHaveCount(0);
  await expect(parts).toHaveCount(before.parts + 1);
  await expect(links(page)).toHaveCount(before.links + 1);
  await page.getByTestId("undo").click();
  await expect(parts).toHaveCount(before.parts);
  await expect(links(page)).toHaveCount(before.links);

  // Clients mean nothing there: no promise, no link.
  await bring(page, "clients", there, async () => {
    await expect(page.getByTestId("receiving")).toHaveCount(0);
  });
  await expect(parts).toHaveCount(before.parts + 1);
  await expect(links(page)).toHaveCount(before.links);
});

test("choosing the other end goes on until it is chosen or given up", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Web servers").click();
  await keys(page, "c");
  await expect(page.locator(".hint")).toBeVisible();
  await keys(page, "]", ".", "Shift+ArrowDown", "f");
  await expect(page.locator(".hint")).toBeVisible();
  await expect(page.locator(".node.target, .node.refused")).toHaveCount(1);
  await keys(page, "Escape");
  await expect(page.locator(".hint")).toHaveCount(0);
});

test("after a part was found and placed, the keys are for it", async ({ page }) => {
  await open(page);
  await keys(page, "/");
  await page.keyboard.type("clients");
  await keys(page, "Enter");
  await expect(page.getByTestId("canvas")).toBeFocused();
  await expect(node(page, "Clients")).toHaveClass(/selected/);
  await keys(page, "/");
  // With Shift one goes on adding.
  await page.keyboard.type("service");
  await keys(page, "Shift+Enter");
  await expect(page.getByTestId("find-part")).toBeFocused();
  await page.keyboard.type("queue");
  await keys(page, "Enter", "Delete");
  await expect(node(page, "Queue")).toHaveCount(0);
  await expect(node(page, "Service")).toHaveCount(1);
  await page.getByTestId("part-cache").click();
  await keys(page, "Delete");
  await expect(node(page, "Cache")).toHaveCount(0);
});

test("whoever has lost sight of every part is shown the way back", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await expect(page.getByTestId("lost")).toHaveCount(0);
  const canvas = await middle(page.getByTestId("canvas"));
  await page.mouse.move(canvas.x, canvas.y);
  for (let turn = 0; turn < 8; turn += 1) await page.mouse.wheel(0, 400);
  await expect(page.getByTestId("lost")).toBeVisible();
  await page.getByTestId("lost-fit").click();
  await expect(page.getByTestId("lost")).toHaveCount(0);
  await expect(page.locator("[data-testid^='node-']").first()).toBeInViewport();
});

test("the first part stays in the middle when the results unfold below it", async ({ page }) => {
  await open(page);
  await bring(page, "clients", await middle(page.getByTestId("canvas")));
  await expect(node(page, "Clients")).toBeVisible();
  const offset = async () => {
    const [part, canvas] = [await middle(node(page, "Clients")), await middle(page.getByTestId("canvas"))];
    return Math.max(Math.abs(part.x - canvas.x), Math.abs(part.y - canvas.y));
  };
  await expect.poll(offset).toBeLessThan(12);
});

test("a slider stays under the hand that slides it", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await page.locator(".node.bottleneck").click();
  await expect(page.getByTestId("remedies")).toBeVisible();
  const slider = page.getByTestId("parameter-instances-slider");
  const start = await slider.boundingBox();
  const THUMB = 16;
  const share = await slider.evaluate((input) => (input.value - input.min) / (input.max - input.min));
  const x = start.x + THUMB / 2 + share * (start.width - THUMB);
  const y = start.y + start.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 1; step <= 8; step += 1) {
    await page.mouse.move(x + 8 * step, y);
    await drawn(page);
    expect((await slider.boundingBox()).y).toBe(start.y);
  }
  // It limits the design no longer, and nothing is said of that any more.
  await expect(page.getByTestId("remedies")).toHaveCount(0);
  await page.mouse.up();
  await drawn(page);
  expect((await slider.boundingBox()).y).toBe(start.y);
  // Only when the hand is elsewhere does what is below move up.
  await page.mouse.move(x, y - 300);
  await expect.poll(async () => (await slider.boundingBox()).y).toBeLessThan(start.y);
});

test("a number that makes no sense is not taken, and it is said why", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  await node(page, "Users").click();
  const entry = page.getByTestId("parameter-request_rate-entry");
  const before = await entry.inputValue();
  for (const [typed, why] of [["-5", "out of range"], ["abc", "isn't a number"], ["1e99", "out of range"]]) {
    await entry.fill(typed);
    await entry.press("Enter");
    await expect(entry).toHaveValue(before);
    await expect(page.getByRole("alert")).toContainText(`"${typed}" is`);
    await expect(page.getByRole("alert")).toContainText(why);
    await expect(page.getByRole("alert")).toContainText(`It stays ${before}`);
  }
  await entry.fill("12");
  await entry.press("Enter");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(entry).toHaveValue("12");
});

test("a part of another drawing under the same number shows its own icon", async ({ page }) => {
  await open(page);
  for (const stage of ["stage-0", "stage-1", "stage-2"]) await openScenario(page, stage);
  const balancer = node(page, "Load balancer");
  await expect(balancer).toHaveAttribute("data-kind", "load_balancer");
  await expect(balancer.locator(".badge use")).toHaveAttribute("href", "#i-load_balancer");
});

test("the menu of scenarios is gone along and closed by keys", async ({ page }) => {
  await open(page);
  await page.getByTestId("scenarios").click();
  await keys(page, "ArrowDown");
  await expect(page.getByTestId("scenario-stage-0")).toBeFocused();
  await keys(page, "ArrowDown");
  await keys(page, "ArrowDown");
  await keys(page, "ArrowUp");
  await expect(page.getByTestId("scenario-stage-1")).toBeFocused();
  await keys(page, "Escape");
  await expect(page.getByTestId("scenarios-menu")).toHaveCount(0);
  await expect(page.getByTestId("scenarios")).toBeFocused();
  // Also from the button itself.
  await keys(page, "Enter");
  await expect(page.getByTestId("scenarios-menu")).toBeVisible();
  await keys(page, "Escape");
  await expect(page.getByTestId("scenarios-menu")).toHaveCount(0);
});
