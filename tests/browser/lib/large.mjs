// A drawing of 1,000 components and 1,900 links as a file: designs of twenty parts side by side, fifty of them if nothing else is said.

/** Parts of one of the designs. */
const CELL = 20;
const SERVICES = 10;
const STORES = 4;
const SERVICES_WITH_TWO_DATABASES = 7;
const COLUMN = 260;
const ROW = 130;

/** The document of about so many parts, and the id and number of links of a service in its middle. */
export function largeDocument(parts = 1_000) {
  const cells = Math.max(1, Math.round(parts / CELL));
  const components = [];
  const links = [];
  const add = (kind, name, x, y) => {
    const id = components.length + 1;
    components.push({ id, kind, name: `${name} ${id}`, position: { x, y } });
    return id;
  };
  const connect = (from, to) => links.push({ id: links.length + 1, from, to });
  for (let cell = 0; cell < cells; cell += 1) {
    const left = (cell % 10) * COLUMN * 5;
    const top = Math.floor(cell / 10) * ROW * (SERVICES + 1);
    const clients = add("clients", "Users", left, top + ROW * 4);
    const balancer = add("load_balancer", "Balancer", left + COLUMN, top + ROW * 4);
    connect(clients, balancer);
    const services = Array.from({ length: SERVICES }, (_, row) => add("service", "Service", left + COLUMN * 2, top + ROW * row));
    const caches = Array.from({ length: STORES }, (_, row) => add("cache", "Cache", left + COLUMN * 3, top + ROW * row));
    const databases = Array.from({ length: STORES }, (_, row) =>
      add("sql_primary", "Database", left + COLUMN * 3, top + ROW * (STORES + row)),
    );
    services.forEach((service, index) => {
      connect(balancer, service);
      connect(service, caches[index % STORES]);
      connect(service, databases[index % STORES]);
      if (index < SERVICES_WITH_TWO_DATABASES) connect(service, databases[(index + 1) % STORES]);
    });
  }
  const classes = ["read", "write", "static", "asynchronous"].map((operation, index) => ({
    id: index + 1,
    name: operation,
    operation,
    share: 1,
    request_bytes: 1000,
    response_bytes: 10000,
    keys: 100000,
    zipf_exponent: 0.9,
  }));
  // In the middle of the drawing, where it is in sight when everything is.
  const middleCell = components.slice(CELL * Math.max(0, Math.floor(cells / 2) - 1));
  const dragged = middleCell.find((component) => component.kind === "service").id;
  return {
    document: { format_version: 1, title: "Large", notes: "", components, links, zones: [], classes, objectives: [] },
    dragged,
    neighbours: links.filter((link) => link.from === dragged || link.to === dragged).map((link) => link.id),
  };
}

/**
 * A drawing of 200 components and 180 links along each of which as much travels: twenty services, each asked by clients of its own, each
 * asking eight others. So many requests are on their way in it that a screen has enough to draw.
 */
export function busyDocument(rate = 6.5) {
  const components = [];
  const links = [];
  const add = (kind, name, x, y, parameters = {}) => {
    const id = components.length + 1;
    components.push({ id, kind, name: `${name} ${id}`, position: { x, y }, parameters });
    return id;
  };
  const connect = (from, to) => links.push({ id: links.length + 1, from, to });
  for (let cell = 0; cell < 20; cell += 1) {
    const left = (cell % 5) * COLUMN * 3.4;
    const top = Math.floor(cell / 5) * ROW * 8.6;
    const clients = add("clients", "Users", left, top + ROW * 3.5, { request_rate: rate });
    const service = add("service", "Service", left + COLUMN, top + ROW * 3.5);
    connect(clients, service);
    for (let row = 0; row < 8; row += 1) connect(service, add("service", "Service", left + COLUMN * 2, top + ROW * row));
  }
  const classes = [{ id: 1, name: "read", operation: "read", share: 1, request_bytes: 1000, response_bytes: 10000, keys: 1000, zipf_exponent: 0.9 }];
  return { format_version: 1, title: "Busy", notes: "", components, links, zones: [], classes, objectives: [] };
}

/** Zooms in with the wheel, about the element, until it is large enough to be taken hold of; its middle then. */
export async function zoomTo(page, locator, width = 80) {
  for (let turn = 0; turn < 60; turn += 1) {
    const box = await locator.boundingBox();
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    if (box.width >= width) return middle;
    await page.mouse.move(middle.x, middle.y);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -480);
    await page.keyboard.up("Control");
    // The page may take the wheel in at its next frame.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  }
  throw new Error("the wheel did not zoom in");
}

/**
 * Counts what a drag changes: the ids of the nodes and links whose elements were mutated, and every other element as
 * its opening tag. Call it when the drag is under way; the function it leaves behind stops it.
 */
export async function watchMutations(page) {
  await page.evaluate(() => {
    const touched = { nodes: new Set(), links: new Set(), others: new Set(), mutations: 0 };
    const observer = new MutationObserver((records) => {
      for (const record of records) {
        touched.mutations += 1;
        const element = record.target instanceof Element ? record.target : record.target.parentElement;
        const owner = element?.closest("[data-testid^='node-'], [data-testid^='link-'], [data-link]");
        const name = owner?.dataset.testid ?? `link-${owner?.dataset.link}`;
        if (owner && name.startsWith("node-")) touched.nodes.add(name.slice(5));
        else if (owner) touched.links.add(name.replace(/^link-(label-)?/, ""));
        else touched.others.add(element?.cloneNode(false).outerHTML ?? record.target.nodeName);
      }
    });
    observer.observe(document.documentElement, {
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    window.__stopWatching = () => {
      observer.disconnect();
      delete window.__stopWatching;
      return {
        nodes: [...touched.nodes].map(Number),
        links: [...touched.links].map(Number).sort((a, b) => a - b),
        others: [...touched.others],
        mutations: touched.mutations,
      };
    };
  });
}
