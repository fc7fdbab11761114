// Traffic as a curve that is taken hold of: by mouse, by keyboard, and by a file that is dropped on it.
import { node, openScenario } from "./lib/drawing.mjs";
import { drag, expect, middle, open, test } from "./lib/page.mjs";

const profile = (page) => page.getByTestId("parameter-traffic_profile-choice");
const entry = (page, name) => page.getByTestId(`parameter-${name}-entry`);
const number = async (page, name) => Number((await entry(page, name).inputValue()).replaceAll(",", ""));

/** Opens stage 4 with its users selected and their traffic in this shape. */
async function users(page, shape) {
  await open(page);
  await openScenario(page, "stage-4");
  await node(page, "Users").click();
  await profile(page).selectOption(shape);
}

test("a spike is dragged into its place, and one step takes that back", async ({ page }) => {
  await users(page, "spike");
  const begin = page.getByTestId("traffic-point-1");
  const before = { rate: await number(page, "request_rate"), start: await number(page, "change_start") };
  const from = await middle(begin);
  await drag(page, begin, { x: from.x - 40, y: from.y + 30 });
  expect(await number(page, "request_rate")).toBeLessThan(before.rate * 0.8);
  expect(await number(page, "change_start")).toBeLessThan(before.start - 50);
  // The answer is that of the new peak.
  await expect(node(page, "Users")).toContainText("at the peak");
  await expect(begin).toHaveAccessibleName(/^Beginning: [\d,]+ \/s at \d+:\d+$/);
  await page.getByTestId("undo").click();
  expect(await number(page, "request_rate")).toBe(before.rate);
  expect(await number(page, "change_start")).toBe(before.start);
});

test("points of a curve are added, moved and removed with the keyboard alone", async ({ page }) => {
  await users(page, "daily");
  await page.getByTestId("traffic-free").focus();
  await page.keyboard.press("Enter");
  await expect(profile(page)).toHaveValue("curve");
  const points = page.locator("[data-testid^='traffic-point-']");
  const count = await points.count();
  expect(count).toBeGreaterThan(10);
  await page.getByTestId("traffic-add").focus();
  await page.keyboard.press("Enter");
  await expect(points).toHaveCount(count + 1);
  const added = page.locator("[data-testid^='traffic-point-']:focus");
  await expect(added).toHaveCount(1);
  const before = await added.getAttribute("aria-label");
  await page.keyboard.press("Shift+ArrowUp");
  await expect(added).not.toHaveAttribute("aria-label", before);
  await page.keyboard.press("Shift+ArrowDown");
  await expect(added).toHaveAttribute("aria-label", before);
  await page.keyboard.press("Delete");
  await expect(points).toHaveCount(count);
  // Each of them a step of its own: adding, up, down, removing, and before that drawing freely.
  for (let step = 0; step < 5; step += 1) await page.getByTestId("undo").click();
  await expect(profile(page)).toHaveValue("daily");
});

test("rows of a file that is dropped there become the traffic; rows that mean nothing change nothing", async ({ page }) => {
  await users(page, "constant");
  const dropped = async (name, text) => {
    const data = await page.evaluateHandle(([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, { type: "text/csv" }));
      return data;
    }, [name, text]);
    await page.getByTestId("traffic").dispatchEvent("drop", { dataTransfer: data });
  };
  await dropped("traffic.csv", "seconds,per_second\n0,100\n60,900\n120,300\n");
  await expect(profile(page)).toHaveValue("curve");
  await expect(page.locator("[data-testid^='traffic-point-']")).toHaveCount(3);
  await expect(page.getByTestId("traffic-point-1")).toHaveAccessibleName("Point 2: 900 /s at 1:00");
  await expect(node(page, "Users")).toContainText("900 /s");
  await dropped("wrong.csv", "0,100\nsixty,900\n");
  await expect(page.getByTestId("toast").last()).toContainText("line 2");
  await expect(page.locator("[data-testid^='traffic-point-']")).toHaveCount(3);
  await dropped("arrivals.csv", Array.from({ length: 480 }, (_, second) => `${second / 10}`).join("\n"));
  await expect(page.getByTestId("toast").last()).toContainText("480 arrivals");
  await expect(page.locator("[data-testid^='traffic-point-']")).toHaveCount(24);
});
