// A person with a keyboard and nothing else: the same drawing, the same load, another way out.
import { figure, links, node, utilisation } from "./lib/drawing.mjs";
import { expect, keys, open, tabTo, test } from "./lib/page.mjs";

/** The name of the part that the keyboard is at. */
async function current(page) {
  return page.evaluate(() => {
    const id = document.getElementById("canvas").getAttribute("aria-activedescendant");
    return (id && document.getElementById(id)?.querySelector(".node-name strong")?.textContent) ?? "";
  });
}

/** Finds a part in the palette and places it: "/", its name, Enter; that leads back to the drawing. */
async function add(page, words) {
  const count = await page.locator("[data-testid^='node-']").count();
  await keys(page, "/");
  await expect(page.getByTestId("find-part")).toBeFocused();
  await page.keyboard.type(words);
  await keys(page, "Enter");
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(count + 1);
  await expect(page.getByTestId("canvas")).toBeFocused();
}

/** Gives the part that was just added a name. */
async function call(page, name) {
  await keys(page, "F2");
  await expect(page.getByTestId("inspector-name")).toBeFocused();
  await keys(page, "Control+a");
  await page.keyboard.type(name);
  await keys(page, "Enter");
  await expect(node(page, name)).toBeVisible();
}

/** Goes from part to part, in reading order, until it is this one. */
async function goTo(page, name) {
  for (let press = 0; press < 12; press += 1) {
    if ((await current(page)) === name) return;
    await keys(page, "]");
  }
  throw new Error(`"]" never reached ${name}`);
}

/** Connects two parts: to the one, "c", on to the other among those that mean something, Enter. */
async function connect(page, from, to) {
  const count = await links(page).count();
  await goTo(page, from);
  await keys(page, "c");
  for (let press = 0; press < 12; press += 1) {
    await keys(page, "Tab");
    if ((await page.locator(".node.target .node-name strong").allInnerTexts()).includes(to)) break;
  }
  await expect(page.locator(".verdict-bubble")).toContainText(to);
  await keys(page, "Enter");
  await expect(links(page)).toHaveCount(count + 1);
}

/** From the drawing to a parameter of the part that the keyboard is at; types the number, and comes back. */
async function set(page, parameter, value) {
  await keys(page, "Enter");
  await expect(page.getByTestId("inspector-name")).toBeFocused();
  await tabTo(page, (now) => now.id === `parameter-${parameter}-entry`);
  await keys(page, "Control+a");
  await page.keyboard.type(String(value));
  await keys(page, "Escape");
  await expect(page.getByTestId("canvas")).toBeFocused();
}

/** Tab until the keyboard is at the control with this test id. */
async function tabToControl(page, id) {
  for (let press = 0; press < 60; press += 1) {
    if ((await page.evaluate(() => document.activeElement.dataset.testid)) === id) return;
    await keys(page, "Tab");
  }
  throw new Error(`Tab never reached ${id}`);
}

/** Leaves only this class on the link between two parts: "." goes from link to link, Enter into its inspector. */
async function carryOnly(page, from, to, carried) {
  await goTo(page, from);
  for (let press = 0; press < 12; press += 1) {
    await keys(page, ".");
    if (new RegExp(`^Link: ${from} .* ${to}\\.$`).test(await page.getByTestId("status").textContent())) break;
  }
  await expect(page.locator(".wire.selected")).toHaveCount(1);
  await expect(page.getByTestId("inspector").locator(".summary")).toContainText(to);
  await keys(page, "Enter");
  await expect(page.getByTestId("carries-1")).toBeFocused();
  for (const other of [1, 2, 3].filter((other) => other !== carried)) {
    await tabToControl(page, `carries-${other}`);
    await keys(page, "Space");
    await expect(page.getByTestId(`carries-${other}`)).not.toBeChecked();
  }
  await expect(page.getByTestId(`carries-${carried}`)).toBeChecked();
}

test("stage 2 is built, doubled and mended with the keyboard alone", async ({ page }) => {
  test.slow();
  await open(page);
  // Each part lands to the right of the one that the keyboard is at.
  await add(page, "clients");
  await add(page, "load balancer");
  await add(page, "reverse proxy");
  await add(page, "service");
  await call(page, "Read API");
  await add(page, "read replica");

  // By the arrow keys back to the proxy, to place what else it calls.
  await keys(page, "ArrowLeft", "ArrowLeft");
  await expect.poll(() => current(page)).toBe("Reverse proxy");
  await add(page, "service");
  await call(page, "Write API");
  await add(page, "sql primary");
  await goTo(page, "Reverse proxy");
  await add(page, "object storage");
  await goTo(page, "Clients");
  await add(page, "dns");
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(9);

  // The first connection by arrows: right of the clients lies the balancer.
  await goTo(page, "Clients");
  await keys(page, "c", "ArrowRight");
  await expect(node(page, "Load balancer")).toHaveClass(/target/);
  await keys(page, "Enter");
  await expect(links(page)).toHaveCount(1);
  await expect(page.getByTestId("status")).toContainText("Connected: Clients");
  await connect(page, "Clients", "DNS");
  await connect(page, "Load balancer", "Reverse proxy");
  await connect(page, "Reverse proxy", "Read API");
  await connect(page, "Reverse proxy", "Write API");
  await connect(page, "Reverse proxy", "Object storage");
  await connect(page, "Read API", "Read replica");
  await connect(page, "Write API", "SQL primary");
  await connect(page, "SQL primary", "Read replica");

  // What means nothing is refused in words, and Escape leaves the attempt.
  await goTo(page, "Object storage");
  await keys(page, "c", "ArrowLeft", "Enter");
  await expect(page.locator(".verdict-bubble.refused")).not.toBeEmpty();
  await keys(page, "Escape");
  await expect(page.locator(".verdict-bubble")).toHaveCount(0);
  await expect(links(page)).toHaveCount(9);

  await keys(page, "Control+z");
  await expect(links(page)).toHaveCount(8);
  await keys(page, "Control+Shift+Z");
  await expect(links(page)).toHaveCount(9);

  await expect(page.getByTestId("headline")).toContainText("Bottleneck");
  await expect(figure(page, "slowest-p99")).toContainText(/\d+(\.\d+)? (ms|s)$/);

  // Writes and files as well, each class on its own way. Nothing selected: the inspector is about the whole drawing.
  await goTo(page, "Clients");
  await keys(page, "Escape");
  await tabToControl(page, "add-class");
  await keys(page, "Enter", "Enter");
  await expect(page.getByTestId("class-2-operation")).toHaveValue("write");
  await expect(page.getByTestId("class-3-operation")).toHaveValue("static");
  await carryOnly(page, "Reverse proxy", "Read API", 1);
  await carryOnly(page, "Reverse proxy", "Write API", 2);
  await carryOnly(page, "Reverse proxy", "Object storage", 3);

  // A third of the requests each: 70 % busy at 210 a second, and far too many at twice that.
  await goTo(page, "Clients");
  await set(page, "request_rate", 210);
  await expect.poll(() => utilisation(page, "Read API")).toBeCloseTo(70, 0);
  await set(page, "request_rate", 420);
  await expect(page.getByTestId("headline")).toContainText("Saturated");
  await expect(figure(page, "slowest-p99")).toHaveText("none");
  const full = (await page.locator(".node.bottleneck .node-name strong").innerText()).trim();
  await goTo(page, full);
  await expect(node(page, full)).toHaveAttribute("data-state", "saturated");
  await expect(page.getByTestId("why")).toContainText("cores");

  // More machines for both APIs.
  for (const name of ["Read API", "Write API"]) {
    await goTo(page, name);
    await set(page, "instances", 2);
  }
  await expect(page.getByTestId("headline")).toContainText("Bottleneck");
  await expect(page.locator(".node.state-saturated")).toHaveCount(0);
  await expect.poll(() => utilisation(page, "Read API")).toBeCloseTo(70, 0);
  await expect(figure(page, "slowest-p99")).toContainText(/\d+(\.\d+)? (ms|s)$/);
});
