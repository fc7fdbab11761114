// What a run's plots show, as it can be read: which there are, what they say at a moment, a part of the run, and where the slowest requests
// lost their time.
import { node, openScenario } from "./lib/drawing.mjs";
import { expect, keys, open, test } from "./lib/page.mjs";

/** Plays a built-in scenario so far that its plots have something to say. */
async function play(page, scenario, pace, seconds) {
  await open(page);
  await openScenario(page, scenario);
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-pace").selectOption({ label: pace });
  await expect
    .poll(async () => (await page.getByTestId("run-clock").innerText()).split(":").reduce((sum, part) => sum * 60 + Number(part), 0), {
      timeout: 60_000,
    })
    .toBeGreaterThan(seconds);
}

const canvas = (page, plot) => page.getByTestId(`frame-${plot}`).locator("canvas");

test("plots are offered where the drawing has such a thing, and say what the drawing says", async ({ page }) => {
  test.slow();
  await play(page, "stage-3", "× 20", 60);
  const offered = page.getByRole("group", { name: "Plots" }).locator("[aria-pressed]");
  await expect(offered).toHaveText(["Requests", "Response time", "Errors by cause", "Use", "Waiting", "Hit ratio", "Replication lag", "Stale reads", "Cost", "Spent so far"]);
  await expect(page.getByTestId("frame-rates")).toBeVisible();
  await expect(page.getByTestId("frame-hits")).toHaveCount(0);
  for (const plot of ["hits", "lag", "stale", "cost", "spent", "errors"]) await page.getByTestId(`plot-${plot}`).click();
  await expect(page.getByTestId("run-hits")).toContainText(/found [\d.]+ %/);
  await expect(canvas(page, "hits")).toHaveAttribute("aria-label", /^Hit ratio of Post cache: found [\d.]+ %$/);
  await expect(canvas(page, "lag")).toHaveAttribute("aria-label", /^Replication lag of Replicas: behind [\d.]+ ms$/);
  await expect(page.getByTestId("run-stale")).toContainText(/stale [\d.]+ %/);
  await expect(page.getByTestId("run-cost")).toContainText(/now \$[\d,]+ a month/);
  await expect(page.getByTestId("run-spent")).toContainText(/in all \$\d/);
  // The hit ratio is that of the node, within chance.
  const drawn = Number(/hit ([\d.]+) %/.exec(await node(page, "Post cache").innerText())[1]);
  const plotted = Number(/found ([\d.]+) %/.exec(await page.getByTestId("run-hits").innerText())[1]);
  expect(Math.abs(drawn - plotted)).toBeLessThan(12);
  // What nobody waits for fails, too: copies are made for later.
  await expect(canvas(page, "errors")).toHaveAttribute("aria-label", /^Errors by cause, waited for or not/);
  // A percentile has its band, or nothing.
  await expect(canvas(page, "times")).toHaveAttribute("aria-label", /p99 [\d.]+ m?s \(95 % sure: [\d.]+ m?s to [\d.]+ m?s\)/);
  // Clients have no servers: their plots are the bottleneck's.
  await node(page, "Users").click();
  await expect(canvas(page, "use")).toHaveAttribute("aria-label", /^Use of Replicas: busy [\d.]+ %$/);
  await node(page, "Read API").click();
  await expect(canvas(page, "use")).toHaveAttribute("aria-label", /^Use of Read API: busy [\d.]+ %$/);
  await page.getByTestId("plot-part").selectOption({ label: "Primary" });
  await expect(canvas(page, "waiting")).toHaveAttribute("aria-label", /^Waiting of Primary: waiting [\d.]+$/);
  await page.getByTestId("plot-hits").click();
  await expect(page.getByTestId("frame-hits")).toHaveCount(0);
});

test("instances of an autoscaled part are told apart by whether they serve", async ({ page }) => {
  await play(page, "stage-4", "× 20", 20);
  await expect(canvas(page, "instances")).toHaveAttribute("aria-label", /^Instances of .+: serving [\d.]+, starting [\d.]+$/);
});

test("a part of the run is seen closely, by keys and by dragging, and the whole again", async ({ page }) => {
  await play(page, "stage-1", "× 60", 120);
  await page.getByTestId("run-play").click();
  const frame = page.getByTestId("frame-rates");
  await frame.focus();
  await keys(page, "Home");
  await expect(page.getByTestId("plot-moment")).toHaveText(/^at 0:00/);
  await keys(page, "+");
  await keys(page, "+");
  await expect(page.getByTestId("plot-whole")).toBeEnabled();
  await keys(page, "0");
  await expect(page.getByTestId("plot-whole")).toBeDisabled();
  const [minutes] = (await page.getByTestId("run-clock").innerText()).split(":");
  await expect(page.getByTestId("run-plots")).toHaveAttribute("data-span", new RegExp(`^0:00(\\.0)? to ${minutes}:`));
  const box = await frame.boundingBox();
  await page.mouse.move(box.x + 0.4 * box.width, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.7 * box.width, box.y + 30, { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(box.x, box.y - 60);
  await expect(page.getByTestId("plot-moment")).toHaveText(/^\d+:\d\d(\.\d)? to \d+:\d\d/);
  const [from, to] = (await page.getByTestId("plot-moment").innerText()).split(" to ").map((time) => time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0));
  expect(from).toBeGreaterThan(20);
  expect(to).toBeGreaterThan(from);
  await page.getByTestId("plot-whole").click();
  await expect(page.getByTestId("plot-moment")).toHaveText("");
});

test("looking back, keys and table are those of the moment, and say so", async ({ page }) => {
  await play(page, "stage-1", "× 60", 90);
  const frame = page.getByTestId("frame-rates");
  await frame.focus();
  await keys(page, "Home");
  for (let step = 0; step < 4; step += 1) await keys(page, "PageDown");
  await keys(page, "Enter");
  await expect(page.getByTestId("run-speed")).toHaveText("in the past");
  await frame.blur();
  await expect(page.getByTestId("plot-moment")).toHaveText(/^past: /);
  await expect(page.getByTestId("theory-standing")).toContainText(/^As it was at /);
  await expect(page.getByTestId("run-page")).toContainText("then");
});

test("a spike opens the slowest requests of its moment, whose spans add up to the response time", async ({ page }) => {
  test.slow();
  await play(page, "stage-3", "× 20", 30);
  const frame = page.getByTestId("frame-times");
  const box = await frame.boundingBox();
  await page.mouse.click(box.x + 0.6 * box.width, box.y + 0.5 * box.height);
  const falls = page.getByTestId("slow-falls");
  await expect(falls).toBeVisible({ timeout: 60_000 });
  const check = async () => {
    const whole = Number(await falls.getAttribute("data-seconds"));
    const sums = await falls.locator("[data-testid^='slow-sum-']").evaluateAll((all) => all.map((one) => Number(one.dataset.seconds)));
    expect(whole).toBeGreaterThan(0);
    expect(Math.abs(sums.reduce((sum, one) => sum + one, 0) - whole)).toBeLessThan(1e-6 + 1e-6 * whole);
    return whole;
  };
  const first = await check();
  const rows = page.getByTestId("slow-row");
  expect(await rows.count()).toBeGreaterThan(5);
  // Whoever has no address yet asks for it first.
  await expect(rows.first()).toHaveAttribute("aria-label", /^(Users → .+: network|DNS: service) [\d.]+ ms, from 0 /);
  // The next one took no longer.
  await page.getByTestId("slow-0").focus();
  await keys(page, "ArrowDown");
  await expect(page.getByTestId("slow-1")).toHaveAttribute("aria-pressed", "true");
  expect(await check()).toBeLessThanOrEqual(first);
  await keys(page, "Escape");
  await expect(page.getByTestId("slowest")).toHaveCount(0);
  // By keys alone.
  await page.getByTestId("frame-rates").focus();
  await keys(page, "End");
  await keys(page, "ArrowLeft");
  await keys(page, "s");
  await expect(falls).toBeVisible({ timeout: 60_000 });
  await page.getByTestId("slowest-close").click();
  await expect(page.getByTestId("slowest")).toHaveCount(0);
});

test("the drawing shows who waits and what was answered out of date, and says why", async ({ page }) => {
  await play(page, "stage-3", "× 20", 10);
  await expect(page.getByTestId("flow-queues")).toBeVisible();
  const stale = page.getByTestId("flow-stale");
  await expect(stale).toContainText("answered out of date", { timeout: 15_000 });
  await expect(stale).toHaveAttribute("title", /had missed a write/);
});

test("below the line of faults the plots reach as far as it does, and it shows which part of the run they show", async ({ page }) => {
  // A whole run is waited for.
  test.setTimeout(120_000);
  await open(page);
  await openScenario(page, "stage-3");
  await page.getByTestId("run-play").click();
  await page.getByTestId("run-break").click();
  await page.getByTestId("incident-instance-loss").click();
  const plots = page.getByTestId("run-plots");
  await expect(plots).toHaveAttribute("data-span", /^0:00(\.0)? to 1:00(\.0)?$/);
  await page.getByTestId("run-to-the-end").click();
  await expect(page.getByTestId("run-speed")).toHaveText("over", { timeout: 40_000 });
  await expect(page.getByTestId("timeline-span")).toHaveCount(0);
  // What failed on the way is over, and nothing at its part says otherwise.
  await expect(page.getByTestId("verdict-0")).toHaveAttribute("data-outcome", /recovered|unharmed/);
  await expect(page.locator(".trouble")).toHaveCount(0);
  // A quarter to three quarters of a plot are the same of the line.
  const frame = page.getByTestId("frame-rates");
  const box = await frame.boundingBox();
  const [left, right] = [46, 8];
  const at = (share) => box.x + left + share * (box.width - left - right);
  const middle = box.y + box.height / 2;
  await page.mouse.move(at(0.25), middle);
  await page.mouse.down();
  await page.mouse.move(at(0.75), middle, { steps: 6 });
  await page.mouse.up();
  const track = await page.locator(".fault-track").boundingBox();
  const span = await page.getByTestId("timeline-span").boundingBox();
  expect((span.x - track.x) / track.width).toBeCloseTo(0.25, 1);
  expect((span.x + span.width - track.x) / track.width).toBeCloseTo(0.75, 1);
  // The moment that is looked at stands on both.
  await page.mouse.click(at(0.5), middle);
  await expect(page.getByTestId("timeline-moment")).toBeVisible();
  const moment = await page.getByTestId("timeline-moment").boundingBox();
  expect((moment.x - track.x) / track.width).toBeCloseTo(0.5, 1);
});
