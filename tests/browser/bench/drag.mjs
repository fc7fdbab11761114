// What a move of the mouse costs while one of 1,000 components over 1,900 links is dragged: time in scripts, by the
// browser's own count.
import { chromium } from "@playwright/test";
import { launch } from "../lib/chromium.mjs";
import { largeDocument, zoomTo } from "../lib/large.mjs";
import { openFile, started } from "../lib/page.mjs";

const LIMIT_MILLISECONDS = 1;
const MOVES = 200;

const { document, dragged } = largeDocument();
const browser = await chromium.launch(launch());
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(process.env.LOADSCAPE_URL);
  await started(page);
  await openFile(page, document);
  const node = page.getByTestId(`node-${dragged}`);
  await node.waitFor();
  const start = await zoomTo(page, node);

  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const milliseconds = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    const seconds = (name) => metrics.find((metric) => metric.name === name).value * 1000;
    return { script: seconds("ScriptDuration"), layout: seconds("LayoutDuration"), style: seconds("RecalcStyleDuration") };
  };

  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  // The first moves warm the compiler up and lift the node.
  await page.mouse.move(start.x + 40, start.y + 40, { steps: 40 });
  const before = await milliseconds();
  // There and back, so that the node stays in sight.
  await page.mouse.move(start.x + 140, start.y + 90, { steps: MOVES / 2 });
  await page.mouse.move(start.x + 40, start.y + 40, { steps: MOVES / 2 });
  const after = await milliseconds();
  await page.mouse.up();

  const each = (name) => (after[name] - before[name]) / MOVES;
  console.log(`  ${(each("script") * 1000).toFixed(0).padStart(7)} µs  in scripts a move (limit ${LIMIT_MILLISECONDS * 1000})`);
  console.log(`  ${(each("style") * 1000).toFixed(0).padStart(7)} µs  in styles a move`);
  console.log(`  ${(each("layout") * 1000).toFixed(0).padStart(7)} µs  in layout a move`);
  if (each("script") > LIMIT_MILLISECONDS) process.exitCode = 1;
} finally {
  await browser.close();
}
