// What the lessons cost: bytes over the wire as a host with brotli would send them, and the time until each stands beside the drawing once the
// lessons' file is there.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { chromium } from "@playwright/test";
import { launch } from "../lib/chromium.mjs";
import { started } from "../lib/page.mjs";

const LIMIT_KILOBYTES = 60;
const LIMIT_MILLISECONDS = 300;

async function kilobytes() {
  const folder = process.env.LOADSCAPE_DIST;
  const name = (await readdir(folder)).find((name) => /^lessons.*\.json$/.test(name));
  const bytes = await readFile(join(folder, name));
  const compressed = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  console.log(`  ${(compressed.length / 1000).toFixed(1).padStart(7)} kB brotli  ${name} (limit ${LIMIT_KILOBYTES})`);
  return { size: compressed.length / 1000, names: JSON.parse(bytes).lessons.map((lesson) => lesson.name) };
}

/** Until the lesson's title stands in the panel and a frame with it has been drawn. */
function opens(page, name) {
  return page.evaluate(
    (name) =>
      new Promise((resolve) => {
        const row = document.querySelector(`[data-testid="lesson-${name}"]`);
        const title = row.querySelector("b").textContent;
        const begun = performance.now();
        row.click();
        const look = () => {
          const heading = document.querySelector("[data-testid=lesson] h2");
          if (heading?.textContent === title) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
          else requestAnimationFrame(look);
        };
        look();
      }),
    name,
  );
}

const { size, names } = await kilobytes();
const browser = await chromium.launch(launch());
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(process.env.LOADSCAPE_URL);
  await started(page);
  const times = [];
  for (const name of names) {
    await page.getByTestId("learn").click();
    await page.getByTestId(`lesson-${name}`).waitFor();
    times.push({ name, time: await opens(page, name) });
    // What the page does when it is idle is not the next lesson's.
    await page.waitForTimeout(300);
  }
  times.sort((one, other) => one.time - other.time);
  const median = times[Math.floor(times.length / 2)];
  const worst = times.at(-1);
  console.log(
    `  ${median.time.toFixed(0).padStart(7)} ms         until a lesson is open, median of ${times.length} (limit ${LIMIT_MILLISECONDS}; worst ${worst.time.toFixed(0)}, ${worst.name})`,
  );
  if (size > LIMIT_KILOBYTES || worst.time > LIMIT_MILLISECONDS) process.exitCode = 1;
} finally {
  await browser.close();
}
