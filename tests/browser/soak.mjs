// Plays at full speed for ten minutes (or LOADSCAPE_SOAK_MINUTES) and looks whether the page's memory stays flat: node soak.mjs, with
// LOADSCAPE_URL. Memory is what the process that draws the page holds, its second thread included.
import { readFile } from "node:fs/promises";
import { chromium } from "@playwright/test";
import { launch } from "./lib/chromium.mjs";
import { openScenario } from "./lib/drawing.mjs";
import { started } from "./lib/page.mjs";

const MINUTES = Number(process.env.LOADSCAPE_SOAK_MINUTES ?? 10);
const EVERY_SECONDS = 5;
/** What the last third may hold more than the second does, as a share. */
const GROWTH = 0.05;
const STAGE = "stage-3";

const browser = await chromium.launch(launch());
try {
  const devtools = await browser.newBrowserCDPSession();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(process.env.LOADSCAPE_URL);
  await started(page);
  await openScenario(page, STAGE);
  const inspector = await page.context().newCDPSession(page);
  await inspector.send("HeapProfiler.enable");

  /** Megabytes that the largest of the pages' processes holds, after what is no longer used has been given back. */
  async function megabytes() {
    await inspector.send("HeapProfiler.collectGarbage");
    const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
    const pages = processInfo.filter((process) => process.type === "renderer");
    const held = await Promise.all(
      pages.map(async ({ id }) => {
        const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
        return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
      }),
    );
    return Math.max(...held);
  }

  await page.getByTestId("run-play").click();
  await page.getByTestId("run-pace").selectOption({ label: "full speed" });
  const begun = Date.now();
  const seen = [];
  while (Date.now() - begun < MINUTES * 60_000) {
    await page.waitForTimeout(EVERY_SECONDS * 1_000);
    seen.push(await megabytes());
    const [clock, speed] = await Promise.all(["run-clock", "run-speed"].map((id) => page.getByTestId(id).innerText()));
    if (seen.length % Math.round(60 / EVERY_SECONDS) === 0) {
      const minutes = ((Date.now() - begun) / 60_000).toFixed(1);
      console.log(`  ${minutes} min: ${seen.at(-1).toFixed(0)} MB, at ${clock}, ${speed}`);
    }
  }
  const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const third = Math.floor(seen.length / 3);
  const [before, after] = [middle(seen.slice(third, 2 * third)), middle(seen.slice(2 * third))];
  const grown = after / before - 1;
  console.log(`  ${STAGE}: ${before.toFixed(1)} MB in the second third, ${after.toFixed(1)} MB in the last (${(grown * 100).toFixed(1)} %)`);
  if (!(grown <= GROWTH)) {
    console.error(`  memory grew by more than ${GROWTH * 100} %`);
    process.exitCode = 1;
  }
} finally {
  await browser.close();
}
