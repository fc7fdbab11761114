// Takes the README's pictures of a served page: node tests/browser/pictures.mjs URL docs/images [NAME…]
import { writeFile } from "node:fs/promises";
import { crc32, deflateSync } from "node:zlib";
import { chromium } from "@playwright/test";
import { launch } from "./lib/chromium.mjs";
import { node, openScenario } from "./lib/drawing.mjs";
import { keys, started } from "./lib/page.mjs";

const [url, folder, ...names] = process.argv.slice(2);
if (!url || !folder) {
  console.error("usage: node pictures.mjs URL FOLDER [NAME…]");
  process.exit(2);
}

/** Waits until the run's clock is at so many seconds. */
const reached = (page, seconds) =>
  page.waitForFunction(
    (seconds) => {
      const [minutes, rest] = document.querySelector("[data-testid='run-clock']").textContent.split(":");
      return Number(minutes) * 60 + Number(rest) >= seconds;
    },
    seconds,
    { timeout: 120_000 },
  );

/** Plays a drawing, one of whose parts loses a machine from the 15th to the 25th second. */
async function loses(page, scenario, part) {
  await openScenario(page, scenario);
  await node(page, part).click();
  await keys(page, "b");
  await page.getByTestId("incident-instance-loss").click();
  await page.getByTestId("canvas").click({ position: { x: 20, y: 20 } });
}

const pictures = {
  "stage-2": async (page) => openScenario(page, "stage-2"),
  learn: async (page) => {
    await page.getByTestId("learn").click();
    await page.getByTestId("lesson-cache").click();
    await page.getByTestId("guess-point-3").focus();
    await keys(page, "ArrowUp");
    await page.getByTestId("lesson-bet").click();
    await page.getByTestId("lesson-hurry").click();
    await page.getByTestId("lesson-judged").waitFor({ timeout: 60_000 });
    await page.mouse.move(700, 90);
  },
  run: async (page) => {
    await loses(page, "stage-3", "Replicas");
    await page.getByTestId("run-pace").selectOption({ label: "real time" });
    await reached(page, 19);
  },
};

/** A film: so many pictures of a run in its own time, so that a busy machine keeps up with it; shown faster than they were taken. */
async function film(page) {
  const [count, takenEveryMs, everyMs] = [14, 2_000, 550];
  await loses(page, "stage-2", "Read API");
  await page.getByTestId("run-pace").selectOption({ label: "real time" });
  await reached(page, 10);
  const frames = [];
  const began = Date.now();
  for (let taken = 0; taken < count; taken += 1) {
    await page.waitForTimeout(Math.max(0, began + taken * takenEveryMs - Date.now()));
    frames.push((await page.screenshot()).toString("base64"));
  }
  return { ...(await reduce(page, frames)), everyMs };
}

/** The pictures with as many colours as a palette of 48 holds: those that are seen most, and the nearest of them for all others. */
function reduce(page, frames) {
  return page.evaluate(async (frames) => {
    const pixels = [];
    for (const frame of frames) {
      const image = new Image();
      image.src = `data:image/png;base64,${frame}`;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      const ground = canvas.getContext("2d");
      ground.drawImage(image, 0, 0);
      pixels.push({ width: image.width, height: image.height, data: ground.getImageData(0, 0, image.width, image.height).data });
    }
    const seen = new Map();
    const key = (data, at) => (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
    for (const { data } of pixels) {
      for (let at = 0; at < data.length; at += 4) seen.set(key(data, at), (seen.get(key(data, at)) ?? 0) + 1);
    }
    const apart = (one, other) => [16, 8, 0].reduce((sum, by) => sum + (((one >> by) & 255) - ((other >> by) & 255)) ** 2, 0);
    const palette = [];
    for (const [colour] of [...seen].sort((one, other) => other[1] - one[1])) {
      // What can hardly be told from a colour that is there needs no place of its own.
      if (palette.length < 48 && palette.every((own) => apart(own, colour) > 150)) palette.push(colour);
    }
    const nearest = new Map();
    const place = (colour) => {
      if (!nearest.has(colour)) {
        let best = 0;
        for (let own = 1; own < palette.length; own += 1) if (apart(palette[own], colour) < apart(palette[best], colour)) best = own;
        nearest.set(colour, best);
      }
      return nearest.get(colour);
    };
    const texts = [];
    for (const { data } of pixels) {
      const bytes = new Uint8Array(data.length / 4);
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = place(key(data, 4 * at));
      let text = "";
      for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      texts.push(btoa(text));
    }
    return { width: pixels[0].width, height: pixels[0].height, palette, frames: texts };
  }, frames);
}

const chunk = (type, data) => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
};

const bytes = (...parts) => Buffer.concat(parts.map(([size, value]) => {
  const own = Buffer.alloc(size);
  own.writeUIntBE(value, 0, size);
  return own;
}));

/** An animated picture as the third edition of PNG has it (W3C 2025, section 11.3.6): of each but the first, what differs from the one before. */
function animated({ width, height, palette, frames, everyMs }) {
  const all = frames.map((text) => Buffer.from(text, "base64"));
  const chunks = [
    chunk("IHDR", bytes([4, width], [4, height], [1, 8], [1, 3], [1, 0], [1, 0], [1, 0])),
    chunk("PLTE", Buffer.concat(palette.map((colour) => bytes([3, colour])))),
    chunk("acTL", bytes([4, all.length], [4, 0])),
  ];
  let order = 0;
  all.forEach((own, place) => {
    let [left, top, right, bottom] = [0, 0, width - 1, height - 1];
    if (place > 0) {
      [left, top, right, bottom] = [width - 1, height - 1, 0, 0];
      for (let at = 0; at < own.length; at += 1) {
        if (own[at] !== all[place - 1][at]) {
          const [x, y] = [at % width, Math.floor(at / width)];
          [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
        }
      }
      if (right < left) [left, top, right, bottom] = [0, 0, 0, 0];
    }
    const rows = [];
    for (let y = top; y <= bottom; y += 1) rows.push(Buffer.from([0]), own.subarray(y * width + left, y * width + right + 1));
    const data = deflateSync(Buffer.concat(rows), { level: 9 });
    const size = [[4, right - left + 1], [4, bottom - top + 1], [4, left], [4, top]];
    // The last one is looked at for longer.
    const lasts = place + 1 === all.length ? 4 * everyMs : everyMs;
    chunks.push(chunk("fcTL", bytes([4, order++], ...size, [2, lasts], [2, 1000], [1, 0], [1, 0])));
    chunks.push(place === 0 ? chunk("IDAT", data) : chunk("fdAT", Buffer.concat([bytes([4, order++]), data])));
  });
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...chunks, chunk("IEND", Buffer.alloc(0))]);
}

const browser = await chromium.launch(launch());
try {
  for (const name of names.length > 0 ? names : [...Object.keys(pictures), "play"]) {
    const size = name === "play" ? { width: 1280, height: 800 } : { width: 1440, height: 900 };
    const context = await browser.newContext({ viewport: size, colorScheme: "light", locale: "en-GB" });
    const page = await context.newPage();
    await page.goto(url);
    await started(page);
    const path = `${folder}/${name}.png`;
    if (name === "play") {
      await writeFile(path, animated(await film(page)));
    } else {
      await pictures[name](page);
      // What has just been let go of fades.
      await page.waitForTimeout(500);
      await page.screenshot({ path });
    }
    console.log(path);
    await context.close();
  }
} finally {
  await browser.close();
}
