// What is drawn can be kept and sent, and nothing that arrives takes the place of one's own work unasked.
import { links, node, openScenario, place, savedFile, stored } from "./lib/drawing.mjs";
import { expect, open, openFile, started, test, Watch } from "./lib/page.mjs";

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

/** Presses Share; the link that is in the clipboard then. */
async function share(page) {
  await page.getByTestId("share").click();
  await expect(page.getByTestId("toast").filter({ hasText: "Link copied" })).toBeVisible();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Draws something of one's own, and waits until the browser has it. */
async function drawSomething(page) {
  await place(page, "single_box", 500, 300);
  await expect(node(page, "Single box")).toBeVisible();
  await stored(page);
}

/** Puts another fragment into the address of the open page, as a click on a link to it does. */
async function followLink(page, fragment) {
  await page.evaluate((fragment) => { location.hash = fragment; }, fragment);
}

test("a shared link holds the same document in a fresh profile", async ({ page, browser, baseURL }) => {
  await open(page);
  await openScenario(page, "stage-2");
  // Not merely a built-in scenario: moved, renamed, and with letters that need escaping.
  await node(page, "Replica").click();
  await page.getByTestId("inspector-name").fill("Replik Ω “1”");
  await page.getByTestId("parameter-cores-entry").fill("6");
  await page.keyboard.press("Escape");
  await page.getByTestId("title").fill("Meine Größe & 日本");
  await page.keyboard.press("Enter");
  const link = await share(page);
  expect(link.startsWith(new URL(baseURL).href)).toBe(true);
  expect(link.length).toBeLessThan(3_000);
  const mine = await savedFile(page);
  expect(JSON.parse(mine.text).title).toBe("Meine Größe & 日本");

  const context = await browser.newContext({ acceptDownloads: true });
  const theirs = await context.newPage();
  const watch = new Watch();
  await watch.start(theirs);
  await theirs.goto(link);
  await started(theirs);
  await expect(node(theirs, "Replik Ω “1”")).toBeVisible();
  await expect(theirs.getByTestId("headline")).toContainText(/Bottleneck|Saturated/);
  expect((await savedFile(theirs)).text).toBe(mine.text);
  // The same answer, too, and an address that a reload doesn't take for a link.
  expect(await theirs.getByTestId("headline").innerText()).toBe(await page.getByTestId("headline").innerText());
  expect(new URL(theirs.url()).hash).toBe("");
  expect(watch.errors).toEqual([]);
  await context.close();
});

test("a damaged link says so and leaves one's own work untouched", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  const link = await share(page);
  const fragment = new URL(link).hash.slice(1);
  await page.getByTestId("scenarios").click();
  await page.getByTestId("scenario-new").click();
  await drawSomething(page);
  const before = await savedFile(page);

  const middle = Math.floor(fragment.length / 2);
  const changed = fragment[middle] === "A" ? "B" : "A";
  const damaged = [
    fragment.slice(0, -12),
    fragment.slice(0, middle) + changed + fragment.slice(middle + 1),
    `${fragment.slice(0, middle)} ${fragment.slice(middle)}`,
    "%E2%82%AC",
  ];
  for (const fragment of damaged) {
    await page.getByTestId("toast").getByRole("button").evaluateAll((buttons) => buttons.forEach((button) => button.click()));
    await expect(page.getByTestId("toast")).toHaveCount(0);
    await followLink(page, fragment);
    await expect(page.getByTestId("toast")).toContainText("Your own work is as you left it");
    expect((await savedFile(page)).text).toBe(before.text);
  }

  // The same where the page begins with it.
  await page.goto("about:blank");
  await open(page, damaged[0]);
  await expect(page.getByTestId("toast")).toContainText("The link can't be opened. This link is damaged");
  await expect(node(page, "Single box")).toBeVisible();
  expect((await savedFile(page)).text).toBe(before.text);
});

test("a link asks before it takes the place of unsaved work", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  const fragment = new URL(await share(page)).hash.slice(1);
  await page.getByTestId("scenarios").click();
  await page.getByTestId("scenario-new").click();
  await drawSomething(page);

  await followLink(page, fragment);
  await expect(page.getByTestId("question")).toBeVisible();
  await page.getByTestId("question-keep").click();
  await expect(page.getByTestId("question")).toBeHidden();
  await expect(node(page, "Single box")).toBeVisible();
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(1);

  // Again, by opening the page with it.
  await page.goto("about:blank");
  await open(page, fragment);
  await expect(page.getByTestId("question")).toBeVisible();
  await expect(node(page, "Single box")).toBeVisible();
  await page.getByTestId("question-replace").click();
  await expect(page.getByTestId("title")).toHaveValue(/Stage 1/);
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(5);

  // Even that can be taken back.
  await page.getByTestId("undo").click();
  await expect(node(page, "Single box")).toBeVisible();
  await page.getByTestId("redo").click();
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(5);
});

test("a built-in scenario asks as well, and so does a file", async ({ page }) => {
  await open(page);
  await drawSomething(page);
  await page.getByTestId("scenarios").click();
  await page.getByTestId("scenario-stage-3").click();
  await page.getByTestId("question-keep").click();
  await expect(node(page, "Single box")).toBeVisible();

  const { text } = await savedFile(page);
  // What is in a file is safe: now nothing is asked.
  await openScenario(page, "stage-3");
  await expect(page.getByTestId("question")).toHaveCount(0);
  await page.getByTestId("title").fill("Changed since");
  await page.keyboard.press("Enter");
  await openFile(page, text);
  await expect(page.getByTestId("question")).toBeVisible();
  await page.getByTestId("question-replace").click();
  await expect(node(page, "Single box")).toBeVisible();
  expect((await savedFile(page)).text).toBe(text);
});

test("a drawing that is too large for a link is offered as a file", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  const document = JSON.parse((await savedFile(page)).text);
  // Notes that don't compress, or even a thousand parts would fit.
  let seed = 1;
  const letters = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed.toString(36);
  };
  const text = () => Array.from({ length: 1_300 }, letters).join(" ");
  document.notes = text();
  for (const component of document.components) component.name = text();
  await openFile(page, document);
  await expect(page.getByTestId("inspector").locator("textarea")).toHaveValue(document.notes);
  await page.getByTestId("share").click();
  await expect(page.getByTestId("too-long")).toContainText("30,000");
  const { text: kept } = await savedFile(page, () => page.getByTestId("too-long").getByRole("button", { name: "Save the file" }).click());
  expect(JSON.parse(kept)).toEqual(document);
  await expect(page.getByTestId("too-long")).toBeHidden();
});

test("the work is there again after a reload", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-2");
  await node(page, "Read API").click();
  await page.getByTestId("inspector-name").fill("Reader");
  await page.keyboard.press("Enter");
  // Kept at the latest when the page goes away, so without waiting for anything.
  await page.reload();
  await started(page);
  await expect(node(page, "Reader")).toBeVisible();
  await expect(page.getByTestId("headline")).toContainText("Bottleneck");
  const before = await savedFile(page);
  expect(JSON.parse(before.text).components.find((component) => component.id === 6).name).toBe("Reader");
  await page.reload();
  await started(page);
  await expect(node(page, "Reader")).toBeVisible();
  expect((await savedFile(page)).text).toBe(before.text);
});

test("a saved file opens as the very same document", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-5");
  const first = await savedFile(page);
  expect(first.name).toMatch(/^stage-5.*\.json$/);
  await page.getByTestId("scenarios").click();
  await page.getByTestId("scenario-new").click();
  await expect(page.getByTestId("invitation")).toBeVisible();
  await openFile(page, first.text);
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(13);
  await expect(links(page)).toHaveCount(13);
  expect((await savedFile(page)).text).toBe(first.text);
});

test("a file of a newer version and one that is none are reported", async ({ page }) => {
  await open(page);
  await openScenario(page, "stage-1");
  const { text } = await savedFile(page);
  const newer = { ...JSON.parse(text), format_version: 99, title: "From the future" };
  await openFile(page, newer);
  await expect(page.getByTestId("problems")).toContainText("format version 99");
  await page.getByTestId("problems").getByTestId("dialog-close").click();

  await openScenario(page, "stage-1");
  await openFile(page, "{\"format_version\": 1, \"components\": [");
  await expect(page.getByTestId("problems")).toBeVisible();
  await page.getByTestId("problems").getByTestId("dialog-close").click();
  await expect(node(page, "Blog database")).toBeVisible();

  // What is readable is kept, the rest is named.
  const odd = JSON.parse(text);
  odd.title = "Odd";
  odd.components.push({ id: 99, kind: "perpetuum_mobile", name: "Odd one", position: { x: 0, y: 500 } });
  odd.links.push({ id: 98, from: 3, to: 77 });
  await openFile(page, odd);
  await expect(page.getByTestId("problems")).toContainText("perpetuum_mobile");
  await page.getByTestId("problems").getByTestId("dialog-close").click();
  await expect(page.getByTestId("title")).toHaveValue("Odd");
  await expect(node(page, "Blog database")).toBeVisible();

  // So it is where the question comes first what becomes of one's own work.
  await page.getByTestId("title").fill("Mine");
  await page.keyboard.press("Enter");
  await openFile(page, odd);
  await page.getByTestId("question-replace").click();
  await expect(page.getByTestId("problems")).toContainText("perpetuum_mobile");
});

test("whoever leaves while the browser keeps nothing is asked first", async ({ page }) => {
  await open(page);
  await page.evaluate(() => {
    for (let size = 1 << 20, count = 0; size >= 1; size >>= 1) {
      try {
        for (;;) localStorage.setItem(`full-${(count += 1)}`, "x".repeat(size));
      } catch {
        // Smaller pieces may fit yet.
      }
    }
  });
  await page.getByTestId("drop-client").click();
  await expect(page.getByTestId("saved")).toContainText("not saved");
  let asked = null;
  page.on("dialog", async (dialog) => {
    asked = dialog.type();
    await dialog.dismiss();
  });
  await page.evaluate(() => location.reload());
  await expect.poll(() => asked).toBe("beforeunload");
  await expect(page.locator(".node")).toHaveCount(1);
});
