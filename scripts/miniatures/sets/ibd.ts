// Roofs from a drone: gables, flat roofs with what stands on them, trees, streets, long shadows. How the real files lie
// is not known; this is one of the forms that the card accepts. Traps: height maps beside the pictures, suffixes in
// capitals, roofs cut off by the border, outlines past it.
import { measuresOf } from "../annotations.ts";
import { polygonsOf } from "../contours.ts";
import { type Files, jpg, json, type Miniature, maskPng } from "../files.ts";
import { around, box, type Outline, placed, slab } from "../outline.ts";
import { fractal, noise, type Random, randomOf } from "../random.ts";
import {
  addNoise,
  type Colour,
  defocus,
  grade,
  makeScene,
  mix,
  paint,
  rgb,
  type Scene,
  scaled,
  visible,
} from "../scene.ts";

const SIDE = 320;

export const ibd: Miniature = {
  name: "ibd",
  make: async () => {
    const files: Files = new Map();
    const images = [];
    const annotations = [];
    for (const [i, stem] of ["185-2400-5600-OR", "187-4000-5600-OR", "s143"].entries()) {
      const { scene, count } = town(stem);
      files.set(`2D/train/images/${stem}.${i === 2 ? "JPG" : "jpg"}`, await jpg(scene, 82));
      files.set(`2D/train/height/${stem}.png`, maskPng(visible(scene, 1)));
      images.push({ id: i, file_name: `${stem}.jpg`, width: SIDE, height: SIDE });
      for (let object = 1; object <= count; object++) {
        const segmentation = polygonsOf(visible(scene, object), { least: 30 }).map((polygon) =>
          polygon.map((v) => (v === SIDE ? v + 2 : v === 0 ? -1 : v)),
        );
        if (segmentation.length > 0)
          annotations.push({
            id: annotations.length,
            image_id: i,
            category_id: 0,
            segmentation,
            ...measuresOf(segmentation),
            iscrowd: 0,
          });
      }
    }
    files.set(
      "2D/train/annotations.json",
      json({ images, annotations, categories: [{ id: 0, name: "building" }] }),
    );
    files.set(
      "README.txt",
      "A made-up miniature of drone pictures with roofs. How the real files lie is not known. No picture is from the data set.\n",
    );
    return files;
  },
};

function town(name: string): { scene: Scene; count: number } {
  const random = randomOf(name);
  const seed = random.whole(1, 9999);
  const tilt = random.between(-0.35, 0.35);
  const across = (x: number, y: number) => (x - 160) * Math.cos(tilt) + (y - 160) * Math.sin(tilt);
  const along = (x: number, y: number) => (y - 160) * Math.cos(tilt) - (x - 160) * Math.sin(tilt);
  const scene = makeScene(SIDE, SIDE, (x, y) => {
    const u = along(x, y);
    if (Math.abs(u) < 17) {
      const mark = Math.abs(u) < 0.9 && Math.abs(across(x, y)) % 22 < 11;
      const edge = Math.abs(Math.abs(u) - 16) < 1;
      const tar = 0.38 + 0.1 * fractal(x / 30, y / 30, seed) + 0.03 * noise(x, y, seed);
      return mark || edge ? [0.82, 0.81, 0.77] : [tar, tar, tar * 1.02];
    }
    if (Math.abs(u) < 24) return scaled(rgb("#b0aaa0"), 0.85 + 0.15 * noise(x / 3, y / 3, seed));
    const green = fractal(x / 24, y / 24, seed + 3, 5);
    return scaled(mix(rgb("#5f7440"), rgb("#a7a06c"), green), 0.7 + 0.3 * noise(x / 1.5, y / 1.5, seed + 4));
  });
  let count = 0;
  for (const side of [-1, 1]) {
    for (const [row, lift] of [
      [0, 66],
      [1, 148],
    ] as const) {
      for (let i = -1; i <= 1; i++) {
        const u = i * random.between(98, 112) + random.between(-10, 10) + row * 30;
        const at = {
          x: 160 + u * Math.cos(tilt) - side * lift * Math.sin(tilt),
          y: 160 + u * Math.sin(tilt) + side * lift * Math.cos(tilt),
        };
        if (at.x < -18 || at.y < -18 || at.x > SIDE + 18 || at.y > SIDE + 18) continue;
        count++;
        roof(scene, random, at, tilt + random.pick([0, Math.PI / 2]), count, seed + count * 7);
      }
    }
  }
  for (let i = 0; i < 24; i++) {
    const at = { x: random.between(0, SIDE), y: random.between(0, SIDE) };
    if (Math.abs(along(at.x, at.y)) < 24 || scene.owner[Math.floor(at.y) * SIDE + Math.floor(at.x)] !== 0)
      continue;
    const size = random.between(7, 15);
    const phase = random.between(0, 6);
    const leaf = random.whole(1, 999);
    paint(scene, {
      outlines: [
        around(at, (a) => size * (1 + 0.1 * Math.cos(5 * a + phase) + 0.07 * Math.cos(9 * a - phase)), 48),
      ],
      object: 500 + i,
      soft: 0.6,
      shadow: { dx: 6, dy: 7, blur: 3, strength: 0.5 },
      colour: (spot) =>
        scaled(
          mix(rgb("#2d4a26"), rgb("#7d9a4e"), noise(spot.x / 2.4, spot.y / 2.4, leaf)),
          0.45 + 0.65 * spot.light,
        ),
    });
  }
  for (let i = 0; i < 5; i++) {
    const u = random.between(-140, 140);
    const lane = i % 2 ? 7 : -7;
    const at = {
      x: 160 + u * Math.cos(tilt) - lane * Math.sin(tilt),
      y: 160 + u * Math.sin(tilt) + lane * Math.cos(tilt),
    };
    const tone = random.pick(["#e8e8e6", "#2b2f36", "#8c2a2a", "#3a5a8a"]);
    const part = (w: number, h: number, colour: Colour) =>
      paint(scene, {
        outlines: [slab(-w, -h, w, h, at, tilt)],
        object: 600,
        soft: 0.4,
        colour: () => colour,
        ...(w > 5 && { shadow: { dx: 2, dy: 2, blur: 1, strength: 0.5 } }),
      });
    part(7, 3.6, rgb(tone));
    part(3.4, 3, scaled(rgb(tone), 0.45));
    part(2.4, 2.8, rgb(tone));
  }
  grade(scene, (colour, x, y) => [
    colour[0] * (1.05 - 0.1 * (x / SIDE)),
    colour[1],
    colour[2] * (0.94 + 0.08 * (y / SIDE)),
  ]);
  defocus(scene, 0.4);
  addNoise(scene, name, 0.006, 0.016);
  return { scene, count };
}

function roof(
  scene: Scene,
  random: Random,
  at: { x: number; y: number },
  turn: number,
  object: number,
  seed: number,
): void {
  const w = random.between(30, 40);
  const h = random.between(20, 27);
  const flat = random.next() > 0.62;
  const wing = random.next() > 0.5;
  const shape: Outline[] = [slab(-w, -h, w, h, at, turn)];
  if (wing) shape.push(slab(-w * 0.2, h - 1, w * 0.6, h + 14, at, turn));
  const tiles = random.pick(["#a5492f", "#8a3f34", "#6b6f76", "#b5683f", "#544c48"].map(rgb));
  const u = (x: number, y: number) => (x - at.x) * Math.cos(turn) + (y - at.y) * Math.sin(turn);
  const v = (x: number, y: number) => (y - at.y) * Math.cos(turn) - (x - at.x) * Math.sin(turn);
  // Light from the upper left: the slope that faces it is brighter.
  const facing = (nx: number, ny: number) => 0.78 - 0.3 * (nx * 0.6 + ny * 0.8);
  paint(scene, {
    outlines: shape,
    union: true,
    object,
    soft: 0.4,
    shadow: { dx: 9, dy: 11, blur: 2, strength: 0.58 },
    colour: ({ x, y }) => {
      const a = u(x, y);
      const b = v(x, y);
      if (flat) {
        const rim = Math.abs(a) > w - 2.5 || Math.abs(b) > h - 2.5 ? 0.16 : 0;
        return scaled(
          mix(rgb("#9a968e"), rgb("#c4beb2"), fractal(x / 16, y / 16, seed)),
          0.88 + rim + 0.06 * noise(x, y, seed),
        );
      }
      const onWing = wing && b > h - 1;
      const side = onWing ? Math.sign(a - w * 0.2) : Math.sign(b);
      const [nx, ny] = onWing
        ? [Math.cos(turn) * side, Math.sin(turn) * side]
        : [-Math.sin(turn) * side, Math.cos(turn) * side];
      const course = 0.06 * Math.sin((onWing ? a : b) * 2.1) + 0.12 * (noise(x / 1.3, y / 1.3, seed) - 0.5);
      const ridge = Math.abs(onWing ? a - w * 0.2 : b) < 1.1 ? 0.16 : 0;
      return scaled(
        mix(tiles, scaled(tiles, 0.8), fractal(x / 12, y / 12, seed)),
        1.15 * facing(nx!, ny!) + course + ridge,
      );
    },
  });
  const dress = (outline: Outline, colour: Colour, shadow = 2) =>
    paint(scene, {
      outlines: [outline],
      object,
      soft: 0.3,
      shadow: { dx: shadow, dy: shadow, blur: 1, strength: 0.45 },
      colour: ({ light }) => scaled(colour, 0.75 + 0.3 * light),
    });
  const p = (x: number, y: number) => placed([[x, y]], at, turn)[0]!;
  if (flat)
    for (const [x, y] of [
      [-12, -6],
      [8, 5],
      [16, -8],
    ] as const)
      dress(slab(-4, -3, 4, 3, p(x, y), turn), rgb("#d9dadb"), 3);
  else {
    dress(slab(-2.5, -2.5, 2.5, 2.5, p(w * 0.5, -h * 0.3), turn), rgb("#6d4a3c"), 4);
    if (random.next() > 0.5) dress(slab(-11, -5, 11, 5, p(-w * 0.35, -h * 0.5), turn), rgb("#22324e"), 0);
  }
  if (random.next() > 0.6)
    dress(box(p(0, 3).x - 1.5, p(0, 3).y - 1.5, p(0, 3).x + 1.5, p(0, 3).y + 1.5), rgb("#e3e3e0"), 1);
}
