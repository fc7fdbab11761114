// Finds the system's Chromium and says how to start it; Playwright's own download is never used.
import { existsSync } from "node:fs";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Launch options for Playwright. */
export function launch() {
  const executablePath = process.env.LOADSCAPE_BROWSER ?? places.find(existsSync);
  const args = [
    // Nothing but the page under test may use the network: a request to another host is a finding.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    // Text of the same width on every machine.
    "--font-render-hinting=none",
  ];
  const isRoot = process.getuid?.() === 0;
  return { executablePath, args, chromiumSandbox: !isRoot };
}
