// What every spec needs: a page that is watched for errors, and the gestures of a real mouse and keyboard.
import { test as base, expect } from "@playwright/test";

/** What a page did that it must not: errors, warnings, breaches of its policy, requests to other hosts. */
export class Watch {
  constructor() {
    this.errors = [];
    this.requests = [];
  }

  /** Starts watching; must be called before the page navigates. */
  async start(page) {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.errors.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.errors.push(`uncaught: ${error.message}`));
    page.on("crash", () => this.errors.push("the page crashed"));
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("requestfailed", (request) => {
      this.errors.push(`failed: ${request.url()} (${request.failure()?.errorText})`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) this.errors.push(`${response.status()}: ${response.url()}`);
    });
    await page.exposeBinding("__reportViolation", (_, text) => this.errors.push(`policy: ${text}`));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        window.__reportViolation(`${event.effectiveDirective} forbade ${event.blockedURI} ${event.sample}`);
      });
    });
  }

  /** Every request that left for another host than this one. */
  elsewhere(origin) {
    return this.requests.filter((url) => !url.startsWith("data:") && !url.startsWith("blob:") && new URL(url).origin !== origin);
  }
}

/**
 * A test whose `page` fails it when anything went wrong behind its back, whatever the test itself looked at. A test
 * that provokes an error on purpose empties `watch.errors` after looking at it.
 */
export const test = base.extend({
  watch: async ({ page }, use) => {
    const watch = new Watch();
    await watch.start(page);
    await use(watch);
  },
  quiet: [
    async ({ watch, baseURL }, use) => {
      await use();
      expect(watch.errors, "errors, failed requests and policy violations").toEqual([]);
      expect(watch.elsewhere(new URL(baseURL).origin), "requests to other hosts").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Opens the page, at a share link's fragment if one is given, and waits until the app has started. */
export async function open(page, fragment = "") {
  // The address is relative, so that a page under a sub-path is found there.
  await page.goto(fragment ? `./#${fragment}` : "./");
  await started(page);
}

/** Waits until the app has put itself into the page. */
export async function started(page) {
  await page.waitForFunction(() => {
    const app = document.body.querySelector(":scope > :not(noscript, script)");
    return app !== null && app.childElementCount > 0;
  });
}

/** Opens a document as a file, by the button a person would press. */
export async function openFile(page, document) {
  const choosing = page.waitForEvent("filechooser");
  await page.getByTestId("open").click();
  const chooser = await choosing;
  await chooser.setFiles({
    name: "design.json",
    mimeType: "application/json",
    buffer: Buffer.from(typeof document === "string" ? document : JSON.stringify(document)),
  });
}

/** The middle of an element, in page coordinates. */
export async function middle(locator) {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  if (!box) throw new Error(`${locator} has no box: it is not visible`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/**
 * Drags as a hand does: press, move in several steps, release. `from` and `to` are locators or points.
 * `during` runs with the button still down, at the end of the way.
 */
export async function drag(page, from, to, { steps = 12, during } = {}) {
  const point = async (place) => (typeof place.boundingBox === "function" ? middle(place) : place);
  const start = await point(from);
  const end = await point(to);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  // The first small move is what tells a drag from a click.
  await page.mouse.move(start.x + Math.sign(end.x - start.x) * 5, start.y + Math.sign(end.y - start.y) * 5);
  await page.mouse.move(end.x, end.y, { steps });
  await during?.();
  await page.mouse.up();
}

/** Types the keys one after another; an entry like "Control+z" is a chord. */
export async function keys(page, ...sequence) {
  for (const key of sequence) await page.keyboard.press(key);
}

/** What has the keyboard's focus, as a reader of the screen would hear it: role and name. */
export async function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    return {
      role: element?.getAttribute("role") ?? element?.tagName.toLowerCase(),
      name: element?.getAttribute("aria-label") ?? element?.textContent?.trim().slice(0, 80) ?? "",
      id: element?.id ?? "",
    };
  });
}

/** Presses Tab until `reached` says so of what has the focus; fails after `limit` presses. */
export async function tabTo(page, reached, limit = 200) {
  for (let press = 0; press < limit; press += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (reached(now)) return now;
  }
  throw new Error(`${limit} presses of Tab did not reach it`);
}
