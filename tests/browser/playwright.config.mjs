// How the browser tests run: in the system's Chromium, against addresses that `cargo xtask test browser` serves.
import { defineConfig } from "@playwright/test";
import { launch } from "./lib/chromium.mjs";

const root = process.env.LOADSCAPE_URL;
if (!root) {
  throw new Error(
    "LOADSCAPE_URL is not set: run `cargo xtask test browser`, or set it to a page that `cargo xtask serve` serves",
  );
}
// Without a second server, the page is tried where it is.
const underSubPath = process.env.LOADSCAPE_SUB_PATH_URL ?? root;
const report = process.env.LOADSCAPE_REPORT;

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.mjs",
  outputDir: "test-results/artifacts",
  // A test that passes only the second time has found something.
  retries: 0,
  // Tests wait for the page more than the page works: two cores carry three.
  workers: 3,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: report ? [["list"], ["json", { outputFile: report }]] : [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: launch(),
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    locale: "en-GB",
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    screenshot: "only-on-failure",
    // Recording every step more than doubles the time; to look into a failure, run with --trace on.
    trace: "off",
  },
  projects: [
    { name: "desktop", use: { baseURL: root } },
    { name: "sub-path", testMatch: "load.spec.mjs", use: { baseURL: underSubPath } },
  ],
});
