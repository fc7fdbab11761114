// What a first visit costs: bytes over the wire as a host with brotli would send them, and the time until the page
// can be used, in a fresh profile each time; then what the first touch fetches on top.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { chromium } from "@playwright/test";
import { launch } from "../lib/chromium.mjs";
import { started } from "../lib/page.mjs";

const LIMIT_KILOBYTES = 200;
const LIMIT_MILLISECONDS = 1000;
const VISITS = 7;

/** Every file a first visit fetches, by the page's own count, and every further one that the first touch does. */
async function fetched(browser) {
  const page = await browser.newPage();
  let paths = [];
  page.on("request", (request) => paths.push(new URL(request.url()).pathname.replace(/^\//, "") || "index.html"));
  await page.goto(process.env.LOADSCAPE_URL);
  await started(page);
  await page.waitForLoadState("networkidle");
  const built = await readdir(process.env.LOADSCAPE_DIST);
  const first = built.filter((name) => paths.includes(name));
  paths = [];
  await page.mouse.move(400, 300);
  await page.waitForTimeout(500);
  await page.waitForLoadState("networkidle");
  await page.close();
  // What only a run fetches.
  const worker = built.filter((name) => name.startsWith("worker-"));
  return { first, later: built.filter((name) => paths.includes(name)), worker };
}

async function print(names) {
  let total = 0;
  for (const name of names) {
    const bytes = await readFile(join(process.env.LOADSCAPE_DIST, name));
    const compressed = brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    });
    total += compressed.length;
    console.log(`  ${(compressed.length / 1000).toFixed(1).padStart(7)} kB brotli  ${name}`);
  }
  return total;
}

async function interactiveMilliseconds(browser) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(process.env.LOADSCAPE_URL, { waitUntil: "commit" });
  await started(page);
  // The frame after the app has put itself into the page, and a turn of the event loop: from here it answers.
  const time = await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))),
  );
  await context.close();
  return time;
}

const browser = await chromium.launch(launch());
try {
  const { first, later, worker } = await fetched(browser);
  const total = await print(first);
  const times = [];
  for (let visit = 0; visit < VISITS; visit += 1) times.push(await interactiveMilliseconds(browser));
  times.sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)];
  console.log(`  ${(total / 1000).toFixed(1).padStart(7)} kB brotli  in all (limit ${LIMIT_KILOBYTES})`);
  console.log(`  ${median.toFixed(0).padStart(7)} ms         until interactive, median of ${VISITS} (limit ${LIMIT_MILLISECONDS}; worst ${times.at(-1).toFixed(0)})`);
  console.log("  at the first touch:");
  await print(later);
  console.log("  with the first run:");
  await print(worker);
  if (total > LIMIT_KILOBYTES * 1000 || median > LIMIT_MILLISECONDS) process.exitCode = 1;
} finally {
  await browser.close();
}
