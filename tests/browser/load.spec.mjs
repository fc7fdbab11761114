// The page by itself: it starts, stays on its own host, and keeps to its policy, at the root and under a sub-path.
import { expect, open, test } from "./lib/page.mjs";

test("the page starts without an error and asks no other host", async ({ page }) => {
  await open(page);
  await expect(page).toHaveTitle(/Loadscape/);
  // Errors, policy violations and foreign requests are held against every test by lib/page.mjs.
});

test("each file is fetched once", async ({ page, watch }) => {
  await open(page);
  const files = watch.requests.filter((url) => !url.startsWith("data:") && !url.startsWith("blob:"));
  expect(files).toEqual([...new Set(files)]);
  expect(files.some((url) => url.endsWith(".wasm"))).toBe(true);
});

test("every file but the page itself has a hash in its name", async ({ page, watch }) => {
  await open(page);
  const page_itself = new URL("./", page.url()).href;
  for (const url of watch.requests.filter((url) => url.startsWith("http"))) {
    if (url === page_itself) continue;
    // Sixteen digits, less any leading noughts.
    expect(new URL(url).pathname).toMatch(/-[0-9a-f]{10,16}(_bg)?\.[a-z0-9]+$/);
  }
});

test("a script that the policy doesn't know is not run", async ({ page, watch }) => {
  await open(page);
  const ran = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.__intruder = true";
    document.body.append(script);
    return window.__intruder === true;
  });
  expect(ran).toBe(false);
  await expect.poll(() => watch.errors.length).toBeGreaterThan(0);
  expect(watch.errors.every((error) => /script-src|Content Security Policy/.test(error))).toBe(true);
  // Provoked on purpose.
  watch.errors.length = 0;
});
