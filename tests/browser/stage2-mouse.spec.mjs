// A person with a mouse and nothing else: from an empty drawing to stage 2, to twice the users, to a design that takes them.
import { figure, links, node, place, slide, utilisation, wireMiddle } from "./lib/drawing.mjs";
import { drag, expect, middle, open, test } from "./lib/page.mjs";

/** What is drawn: kind, the name it gets, and where on the canvas, in pixels. */
const PARTS = [
  ["clients", "Clients", 90, 290],
  ["dns", "DNS", 90, 120],
  ["load_balancer", "Load balancer", 270, 290],
  ["reverse_proxy", "Reverse proxy", 450, 290],
  // The first service writes, the second one reads.
  ["service", "Service", 640, 120],
  ["service", "Service 2", 640, 290],
  ["sql_primary", "SQL primary", 830, 120],
  ["read_replica", "Read replica", 830, 290],
  ["object_storage", "Object storage", 640, 460],
];
const LINKS = [
  ["Clients", "DNS"],
  ["Clients", "Load balancer"],
  ["Load balancer", "Reverse proxy"],
  ["Reverse proxy", "Service"],
  ["Reverse proxy", "Service 2"],
  ["Reverse proxy", "Object storage"],
  ["Service", "SQL primary"],
  ["Service 2", "Read replica"],
  ["SQL primary", "Read replica"],
];
const READ = 1;
const WRITE = 2;
const STATIC = 3;

/** Drags from the outgoing port of one part to another. */
async function connect(page, from, to, during) {
  await drag(page, node(page, from).locator(".port.out"), node(page, to), { during });
}

/** Leaves only this class on the link from one part to another. */
async function carryOnly(page, link, carried) {
  const at = await wireMiddle(page, link);
  await page.mouse.click(at.x, at.y);
  await expect(page.getByTestId("inspector").getByRole("heading", { name: "Link" })).toBeVisible();
  for (const other of [READ, WRITE, STATIC]) {
    if (other !== carried) await page.getByTestId(`carries-${other}`).click();
  }
  await expect(page.getByTestId("inspector").getByRole("checkbox", { checked: true })).toHaveCount(1);
}

/** The number of the link that was drawn as the nth of LINKS. */
const linkNumber = (from, to) => LINKS.findIndex((link) => link[0] === from && link[1] === to) + 1;

test("stage 2 is built, doubled and mended with the mouse alone", async ({ page }) => {
  test.slow();
  await open(page);
  await expect(page.getByTestId("invitation")).toBeVisible();
  // Five columns of parts need a little more room than there is at 100 %.
  await page.getByTestId("zoom-out").click();
  await page.getByTestId("zoom-out").click();

  for (const [kind, name, x, y] of PARTS) {
    await place(page, kind, x, y);
    await expect(node(page, name)).toBeVisible();
  }
  await expect(page.getByTestId("invitation")).toBeHidden();
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(PARTS.length);

  for (const [index, [from, to]] of LINKS.entries()) {
    await connect(page, from, to, async () => {
      // While the button is down, the target says what letting go would mean.
      await expect(node(page, to)).toHaveClass(/target/);
      await expect(page.locator(".verdict-bubble")).toContainText(to);
    });
    await expect(links(page)).toHaveCount(index + 1);
  }

  // A connection that means nothing is refused and says why.
  await connect(page, "Object storage", "Clients", async () => {
    await expect(node(page, "Clients")).toHaveClass(/refused/);
    await expect(page.locator(".verdict-bubble.refused")).not.toBeEmpty();
  });
  await expect(links(page)).toHaveCount(LINKS.length);

  // The last link taken back and made again.
  await page.getByTestId("undo").click();
  await expect(links(page)).toHaveCount(LINKS.length - 1);
  await page.getByTestId("redo").click();
  await expect(links(page)).toHaveCount(LINKS.length);

  // Two more classes, on the drawing as a whole, and each on its own way.
  const empty = await middle(page.getByTestId("canvas"));
  await page.mouse.click(empty.x, empty.y + 230);
  await page.getByTestId("add-class").click();
  await page.getByTestId("add-class").click();
  await expect(page.getByTestId(`class-${WRITE}-operation`)).toHaveValue("write");
  await expect(page.getByTestId(`class-${STATIC}-operation`)).toHaveValue("static");
  await carryOnly(page, linkNumber("Reverse proxy", "Service"), WRITE);
  await carryOnly(page, linkNumber("Reverse proxy", "Service 2"), READ);
  await carryOnly(page, linkNumber("Reverse proxy", "Object storage"), STATIC);

  // Figures on the nodes, on the links and below.
  await expect(page.getByTestId("headline")).toContainText("Bottleneck");
  await expect(figure(page, "slowest-p99")).toContainText(/\d+(\.\d+)? (ms|s)$/);
  await expect(figure(page, "served")).toHaveText(await figure(page, "sent").innerText());
  for (const label of await page.locator(".wire-label").all()) await expect(label).toContainText("/s");
  await expect.poll(() => utilisation(page, "Service 2")).toBeGreaterThan(5);

  // As many users as make the readers two thirds full; then twice as many, who are too many.
  await node(page, "Clients").click();
  await slide(page, "request_rate", async () => (await utilisation(page, "Service 2")) >= 60);
  await expect.poll(() => utilisation(page, "Service 2")).toBeLessThan(75);
  const before = Number(await page.getByTestId("parameter-request_rate-entry").inputValue());
  await slide(page, "request_rate", (rate) => rate >= 2 * before);
  await expect(page.getByTestId("headline")).toContainText("Saturated");
  await expect(page.getByTestId("headline")).toContainText("Service");
  await expect(figure(page, "slowest-p99")).toHaveText("none");
  await page.getByTestId("headline").getByRole("button").first().click();
  await expect(page.getByTestId("why")).toContainText(/cores/);
  const full = node(page, await page.getByTestId("inspector-name").inputValue());
  await expect(full).toHaveAttribute("data-state", "saturated");
  await expect(full).toHaveClass(/bottleneck/);
  await expect(full).toContainText("saturated");

  // A second writer and a second reader beside the first, and the same users are served.
  await place(page, "service", 640, 375);
  await connect(page, "Reverse proxy", "Service 3");
  await connect(page, "Service 3", "Read replica");
  await expect(links(page)).toHaveCount(LINKS.length + 2);
  await carryOnly(page, LINKS.length + 1, READ);
  await place(page, "service", 640, 205);
  await connect(page, "Reverse proxy", "Service 4");
  await connect(page, "Service 4", "SQL primary");
  await carryOnly(page, LINKS.length + 3, WRITE);
  await expect(page.getByTestId("headline")).toContainText("Bottleneck");
  await expect(page.locator(".node.state-saturated")).toHaveCount(0);
  await expect(figure(page, "slowest-p99")).toContainText(/\d+(\.\d+)? (ms|s)$/);
  await expect.poll(() => utilisation(page, "Service 2")).toBeLessThan(75);
});

test("parts are chosen with a marquee, moved together, deleted and brought back", async ({ page }) => {
  await open(page);
  await place(page, "clients", 200, 200);
  await place(page, "service", 500, 200);
  await place(page, "sql_primary", 500, 400);
  await connect(page, "Clients", "Service");
  await connect(page, "Service", "SQL primary");
  await expect(links(page)).toHaveCount(2);

  const canvas = await page.getByTestId("canvas").boundingBox();
  const at = (x, y) => ({ x: canvas.x + x, y: canvas.y + y });
  await drag(page, at(380, 120), at(640, 480));
  await expect(page.locator(".node.selected")).toHaveCount(2);
  await expect(page.getByTestId("inspector")).toContainText("2 selected");

  const service = await node(page, "Service").boundingBox();
  const database = await node(page, "SQL primary").boundingBox();
  await drag(page, node(page, "Service"), at(580, 280));
  const moved = await node(page, "Service").boundingBox();
  const followed = await node(page, "SQL primary").boundingBox();
  expect(moved.x).toBeGreaterThan(service.x + 60);
  expect(followed.x - database.x).toBeCloseTo(moved.x - service.x, 1);
  expect(followed.y - database.y).toBeCloseTo(moved.y - service.y, 1);

  await page.getByTestId("delete").click();
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(1);
  await expect(links(page)).toHaveCount(0);
  await page.getByTestId("undo").click();
  await expect(page.locator("[data-testid^='node-']")).toHaveCount(3);
  await expect(links(page)).toHaveCount(2);
  await page.getByTestId("undo").click();
  await expect.poll(async () => (await node(page, "Service").boundingBox()).x).toBeCloseTo(service.x, 1);
});
