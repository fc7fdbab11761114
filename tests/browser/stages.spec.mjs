// The seven stages open with real numbers, each with its bottleneck in sight and nothing in the way of anything else.
import { figure, openScenario, stored } from "./lib/drawing.mjs";
import { expect, open, test } from "./lib/page.mjs";

/** How many parts each stage has, and which of them limits it. */
const STAGES = {
  "stage-0": [3, "Blog server"],
  "stage-1": [5, "Web server"],
  "stage-2": [9, "Replica"],
  "stage-3": [10, "Replicas"],
  "stage-4": [10, "Read API"],
  "stage-5": [13, "Write API"],
  "stage-6": [13, "Primary"],
};

/** Everything on the drawing that lies over something else or doesn't fit into its place, in words. */
async function flaws(page) {
  return page.evaluate(() => {
    const found = [];
    const canvas = document.getElementById("canvas").getBoundingClientRect();
    const box = (element) => element.getBoundingClientRect();
    const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
    const nodes = [...document.querySelectorAll("[data-testid^='node-']")];
    const labels = [...document.querySelectorAll(".wire-label:not([hidden])")];
    const name = (node) => node.querySelector("strong").textContent;
    nodes.forEach((node, index) => {
      const at = box(node);
      if (at.left < canvas.left || at.right > canvas.right || at.top < canvas.top || at.bottom > canvas.bottom) found.push(`${name(node)} is out of sight`);
      for (const other of nodes.slice(index + 1)) if (overlap(at, box(other))) found.push(`${name(node)} lies over ${name(other)}`);
      for (const label of labels) if (overlap(at, box(label))) found.push(`the label ${label.textContent} lies over ${name(node)}`);
      for (const text of node.querySelectorAll("strong, small, b, .extra, .end, .tag")) {
        // What is too long is shortened with an ellipsis; anything else must fit.
        const shortens = getComputedStyle(text).textOverflow === "ellipsis";
        if (!shortens && text.scrollWidth > text.clientWidth + 1 && getComputedStyle(text).display !== "inline") found.push(`“${text.textContent}” is cut in ${name(node)}`);
        const inner = box(text);
        if (inner.width > 0 && (inner.left < at.left - 1 || inner.right > at.right + 1)) found.push(`“${text.textContent}” sticks out of ${name(node)}`);
      }
      // The name is what a part is known by: no stage shortens one.
      const strong = node.querySelector("strong");
      if (strong.scrollWidth > strong.clientWidth) found.push(`the name ${name(node)} is shortened`);
      const figures = [...node.querySelectorAll(".node-figures > *")].filter((figure) => figure.textContent);
      figures.forEach((figure, place) => {
        for (const other of figures.slice(place + 1)) if (overlap(box(figure), box(other))) found.push(`“${figure.textContent}” lies over “${other.textContent}” in ${name(node)}`);
      });
    });
    labels.forEach((label, index) => {
      for (const other of labels.slice(index + 1)) if (overlap(box(label), box(other))) found.push(`the label ${label.textContent} lies over ${other.textContent}`);
    });
    return found;
  });
}

for (const scheme of ["light", "dark"]) {
  test.describe(scheme, () => {
    test.use({ colorScheme: scheme });

    test(`every stage opens with real numbers and its bottleneck in sight, in the ${scheme}`, async ({ page }) => {
      test.slow();
      await open(page);
      const grounds = new Set();
      for (const [stage, [parts, bottleneck]] of Object.entries(STAGES)) {
        await openScenario(page, stage);
        await expect(page.getByTestId("title")).toHaveValue(new RegExp(`^Stage ${stage.slice(-1)}`));
        await expect(page.locator("[data-testid^='node-']")).toHaveCount(parts);

        const marked = page.locator(".node.bottleneck");
        await expect(marked).toHaveCount(1);
        await expect(marked.locator("strong")).toHaveText(bottleneck);
        await expect(marked.locator(".tag.bottleneck")).toBeVisible();
        await expect(marked.locator(".node-figures b")).toHaveText(/^\d+ %$/);
        await expect(page.getByTestId("headline")).toContainText(bottleneck);

        await expect(figure(page, "sent")).toHaveText(/^[1-9].*\/s$/);
        await expect(figure(page, "slowest-p99")).toHaveText(/^\d+(\.\d+)? (ms|s)$/);
        await expect(figure(page, "sustains")).toHaveText(/^[1-9].*\/s$/);
        await expect(figure(page, "cost-a-month")).toHaveText(/^\$[1-9]/);
        await expect(page.locator("[data-testid^='times-'] .p99").first()).toHaveText(/^\d/);

        // The marked part says in a sentence why it is that.
        await marked.click();
        await expect(page.getByTestId("why")).toContainText(/Bottleneck\. \S.{20,}\./s);
        await page.keyboard.press("Escape");

        // The places of the labels are found when the drawing is at rest.
        await expect.poll(() => flaws(page), { message: stage }).toEqual([]);
        grounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      }
      expect(grounds.size).toBe(1);
      const [red] = [...grounds][0].match(/[\d.]+/g).map(Number);
      if (scheme === "dark") expect(red).toBeLessThan(80);
      else expect(red).toBeGreaterThan(200);
      await stored(page);
    });
  });
}
