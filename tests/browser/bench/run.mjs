// How smoothly the page draws while something runs in it: the time from one frame of the screen to the next, and tasks that held the page
// up, with 50, 200 and 1,000 components, and with 200 among which 2,000 requests are on their way at a time.
import { chromium } from "@playwright/test";
import { launch } from "../lib/chromium.mjs";
import { busyDocument, largeDocument } from "../lib/large.mjs";
import { openFile, started } from "../lib/page.mjs";

const SECONDS = 6;
/** Sixty frames a second, with a little for the clock's own grain; for this many components it is a promise. */
const LIMIT_MILLISECONDS = 17.5;
const PROMISED = 200;
const PARTICLES = 2_000;

const browser = await chromium.launch(launch());
try {
  const scenes = [50, 200, 1_000].map((parts) => ({ parts, document: largeDocument(parts).document }));
  for (const { parts, document, busy } of [...scenes, { parts: 200, document: busyDocument(), busy: true }]) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(process.env.LOADSCAPE_URL);
    await started(page);
    await openFile(page, document);
    await page.getByTestId("headline").getByText(/Bottleneck|Saturated/).waitFor();
    await page.getByTestId("run-play").click();
    await page.getByTestId("run-clock").waitFor();
    await page.waitForTimeout(2_000);
    const { frames, long, particles } = await page.evaluate(async (seconds) => {
      const long = [];
      const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
      observer.observe({ type: "longtask" });
      const frames = [];
      let last = performance.now();
      const end = last + seconds * 1_000;
      const particles = [];
      while (last < end) {
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        last = now;
        particles.push(Number(globalThis.document.querySelector("[data-testid=flow]").dataset.particles));
      }
      observer.disconnect();
      particles.sort((a, b) => a - b);
      return { frames, long, particles: particles[Math.floor(particles.length / 2)] };
    }, SECONDS);
    frames.sort((a, b) => a - b);
    const at = (share) => frames[Math.min(frames.length - 1, Math.floor(share * frames.length))];
    const speed = await page.getByTestId("run-speed").innerText();
    const worst = long.length ? `, the longest ${Math.max(...long).toFixed(0)} ms` : "";
    console.log(
      `  ${parts.toString().padStart(5)} components: a frame ${at(0.5).toFixed(1)} ms (median), ${at(0.95).toFixed(1)} ms (p95); ${long.length} long tasks in ${SECONDS} s${worst}; ${particles} particles, ${speed.replaceAll(/\s+/g, " ")}`,
    );
    if (parts === PROMISED && at(0.5) > LIMIT_MILLISECONDS) process.exitCode = 1;
    if (busy && particles < PARTICLES) process.exitCode = 1;
    await page.close();
  }
} finally {
  await browser.close();
}
