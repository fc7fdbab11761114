// Named incidents: chosen by mouse and by keyboard, played, judged, moved along the timeline, and judged the same from the link.
import { openScenario } from "./lib/drawing.mjs";
import { expect, keys, middle, open, test } from "./lib/page.mjs";

/** Where a bar begins, as a share of its track. */
async function place(page, bar) {
  const [own, track] = await Promise.all([page.getByTestId(bar).boundingBox(), page.locator(".fault-track").boundingBox()]);
  return (own.x - track.x) / track.width;
}

/** Opens the menu and tries an incident by the mouse. */
async function tryByMouse(page, id) {
  await page.getByTestId("run-break").click();
  await page.getByTestId(`incident-${id}`).click();
  await expect(page.getByTestId("incidents")).toHaveCount(0);
}

const outcome = (page, index = 0) => page.getByTestId(`verdict-${index}`).getAttribute("data-outcome");

test("the menu is found by key, says what isn't there, and tries what Enter chooses as one step", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await keys(page, "b");
  await expect(page.getByTestId("incident-field")).toBeFocused();
  await expect(page.getByTestId("incident-cache-flush")).toHaveAttribute("aria-disabled", "true");
  await expect(page.getByTestId("incident-cache-flush")).toContainText("There is no cache.");
  await page.keyboard.type("spike");
  await expect(page.getByTestId("incident-traffic-spike")).toHaveAttribute("aria-selected", "true");
  await keys(page, "Enter");
  await expect(page.getByTestId("verdict-0")).toContainText("times as many requests");
  await expect(page.getByTestId("bar-0")).toBeVisible();
  await expect(page.getByTestId("run-bar")).toBeVisible();
  await page.getByTestId("undo").click();
  await expect(page.getByTestId("timeline")).toHaveCount(0);
});

test("the command palette tries incidents, too", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-3");
  await keys(page, "Control+k");
  await page.keyboard.type("try cache flush");
  await keys(page, "Enter");
  await expect(page.getByTestId("verdict-0")).toContainText("flushed");
});

test("bars are moved, resized and removed by keys, and each is one step", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await keys(page, "b");
  await page.keyboard.type("spike");
  await keys(page, "Enter");
  const bar = page.getByTestId("bar-0");
  await expect(bar).toHaveAttribute("aria-valuetext", /0:15 to 0:25$/);
  await bar.focus();
  await keys(page, "ArrowRight");
  await expect(bar).toHaveAttribute("aria-valuetext", /0:15\.5 to 0:25\.5$/);
  await keys(page, "Shift+ArrowLeft");
  await expect(bar).toHaveAttribute("aria-valuetext", /0:15\.5 to 0:25$/);
  await expect(page.getByTestId("timeline-caption")).toContainText("0:15.5 to 0:25");
  await keys(page, "Delete");
  await expect(page.getByTestId("timeline")).toHaveCount(0);
  await page.getByTestId("undo").click();
  await expect(bar).toHaveAttribute("aria-valuetext", /0:15\.5 to 0:25$/);
});

test("a fault that comes back while it would be under way is felt from its beginning: the run begins again", async ({ page }) => {
  // The run is waited for in its own time, three times.
  test.setTimeout(120_000);
  await open(page);
  await openScenario(page, "stage-2");
  await keys(page, "b");
  await page.keyboard.type("spike");
  await keys(page, "Enter");
  await expect(page.getByTestId("bar-0")).toHaveAttribute("aria-valuetext", /0:15 to 0:25$/);
  await page.getByTestId("undo").click();
  await expect(page.getByTestId("bar-0")).toHaveCount(0);
  const clock = async () => {
    const [minutes, seconds] = (await page.getByTestId("run-clock").innerText()).split(":").map(Number);
    return 60 * minutes + seconds;
  };
  // In real time: there are ten seconds to take the step again in.
  await expect.poll(clock, { timeout: 30_000, intervals: [100] }).toBeGreaterThan(15.5);
  await page.getByTestId("redo").click();
  await expect(page.getByTestId("toast").filter({ hasText: "plays it again from the beginning" })).toBeVisible();
  expect(await clock()).toBeLessThan(15);
  await expect.poll(() => outcome(page)).toBe("to come");
  await page.getByTestId("run-pace").selectOption({ label: "× 60" });
  await expect.poll(() => outcome(page), { timeout: 20_000 }).not.toBe("to come");
  await expect(page.getByTestId("verdict-0-words")).not.toContainText("heard of it");
});

test("what is broken while the past is looked at breaks at that moment, and the run plays it from the start", async ({ page }) => {
  // The run is waited for in its own time.
  test.setTimeout(120_000);
  await open(page);
  await openScenario(page, "stage-2");
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-pace").selectOption({ label: "× 60" });
  const clock = async () => {
    const [minutes, seconds] = (await page.getByTestId("run-clock").innerText()).split(":").map(Number);
    return 60 * minutes + seconds;
  };
  await expect.poll(clock, { timeout: 30_000 }).toBeGreaterThan(60);
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-scrub").fill("500");
  await expect(page.getByTestId("run-speed")).toHaveText("in the past");
  const looked = await clock();
  await page.locator(".node", { hasText: "Replica" }).click();
  await page.getByTestId("pane-break").click();
  await expect(page.getByTestId("faults")).toContainText("at the moment that is looked at");
  await page.getByTestId("break-0").click();
  await expect(page.getByTestId("toast").filter({ hasText: "plays it again from the beginning" })).toBeVisible();
  const [minutes, seconds] = (await page.getByTestId("fault-0-start").inputValue()).split(":").map(Number);
  expect(Math.abs(60 * minutes + seconds - looked)).toBeLessThanOrEqual(1);
});

test.describe("with a clipboard", () => {
  test.use({ permissions: ["clipboard-read", "clipboard-write"] });

  test("an incident is tried, dragged, judged, and judged the same in a fresh profile", async ({ page, browser, baseURL }) => {
    test.slow();
    await open(page);
    await openScenario(page, "stage-1");
    await page.getByTestId("run-play").click();
    await tryByMouse(page, "slow-disk");
    await expect.poll(() => outcome(page)).toBe("to come");
    // Moved by a quarter of the run.
    const before = await place(page, "bar-0");
    const track = await page.locator(".fault-track").boundingBox();
    const grip = await middle(page.getByTestId("bar-0"));
    await page.mouse.move(grip.x, grip.y);
    await page.mouse.down();
    await page.mouse.move(grip.x + track.width / 8, grip.y, { steps: 5 });
    await page.mouse.move(grip.x + track.width / 4, grip.y, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => place(page, "bar-0")).toBeGreaterThan(before + 0.2);
    await page.getByTestId("run-to-the-end").click();
    await expect(page.getByTestId("run-speed")).toHaveText("over", { timeout: 40_000 });
    // Hurrying was for this once.
    await expect(page.getByTestId("run-pace").locator("option:checked")).toHaveText("real time");
    await expect.poll(() => outcome(page), { timeout: 10_000 }).not.toBe("to come");
    const words = page.getByTestId("verdict-0-words");
    await expect(words).toContainText(/Recovered|Metastable|It ended/);
    const verdict = await page.getByTestId("verdict-0").innerText();
    // A drag was one step.
    await page.getByTestId("undo").click();
    await expect.poll(() => place(page, "bar-0")).toBeLessThan(before + 0.02);
    await page.getByTestId("redo").click();
    await expect.poll(() => place(page, "bar-0")).toBeGreaterThan(before + 0.2);
    await page.getByTestId("share").click();
    await expect(page.getByTestId("toast").first()).toBeVisible();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const fresh = await browser.newContext({ baseURL });
    const other = await fresh.newPage();
    await other.goto(link);
    await other.getByTestId("run-play").click();
    await other.getByTestId("run-to-the-end").click();
    await expect(other.getByTestId("run-speed")).toHaveText("over", { timeout: 40_000 });
    await expect.poll(() => other.getByTestId("verdict-0").innerText(), { timeout: 10_000 }).toBe(verdict);
    await fresh.close();
  });
});
