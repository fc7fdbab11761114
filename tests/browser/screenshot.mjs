// Takes pictures of a served page: node tests/browser/screenshot.mjs URL FOLDER [STEPS.mjs]
//
// Three sizes, light and dark, one PNG each. STEPS.mjs may export `default async (page, { size, theme })`, which runs
// before the picture is taken (open a scenario, select a part, …).
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "@playwright/test";
import { launch } from "./lib/chromium.mjs";
import { started } from "./lib/page.mjs";

const [url, folder, steps] = process.argv.slice(2);
if (!url || !folder) {
  console.error("usage: node screenshot.mjs URL FOLDER [STEPS.mjs]");
  process.exit(2);
}

const sizes = {
  desktop: { width: 1440, height: 900 },
  small: { width: 1024, height: 768 },
  phone: { width: 390, height: 844 },
};

const prepare = steps ? (await import(pathToFileURL(resolve(steps)))).default : async () => {};
await mkdir(folder, { recursive: true });
const browser = await chromium.launch(launch());
try {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const theme of ["light", "dark"]) {
      const phone = size === "phone";
      const context = await browser.newContext({
        viewport,
        colorScheme: theme,
        hasTouch: phone,
        isMobile: phone,
        deviceScaleFactor: phone ? 2 : 1,
      });
      const page = await context.newPage();
      page.on("console", (message) => message.type() === "error" && console.error(message.text()));
      page.on("pageerror", (error) => console.error(error.message));
      await page.goto(url);
      await started(page);
      await prepare(page, { size, theme });
      await page.screenshot({ path: `${folder}/${size}-${theme}.png` });
      await context.close();
      console.log(`${folder}/${size}-${theme}.png`);
    }
  }
} finally {
  await browser.close();
}
