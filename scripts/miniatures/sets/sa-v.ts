// Videos at 24 frames a second, labelled at 6, a folder of masks for each object. Traps of the real files: frames without masks, objects that overlap
// (a whole and its part), an object that is out of sight in a labelled frame, a video that is not listed, masks whose 1 looks black.
import { groundOf, put, savVideo } from "../clip.ts";
import { car, mug, stone } from "../figures.ts";
import type { Files, Miniature } from "../files.ts";
import { fractal, noise } from "../random.ts";
import { mix, rgb, type Scene, scaled } from "../scene.ts";

const [WIDTH, HEIGHT] = [128, 72];
/** Numbers of what is painted; a target is made of some of them. */
const [BODY, PART, OTHER, FRONT] = [1, 2, 3, 9];

type Video = readonly [
  name: string,
  frames: number,
  draw: (frame: number) => Scene,
  targets: readonly (readonly number[])[],
];

function setOf(name: string, videos: readonly Video[], on: number): Miniature {
  return {
    name,
    make: async () => {
      const files: Files = new Map();
      for (const [video, count, draw, targets] of videos)
        await savVideo(files, video, frames(count, draw), targets, on);
      files.set(`${name}.txt`, `${videos.map(([video]) => video).join("\n")}\n`);
      return files;
    },
  };
}

export const savVal = setOf(
  "sav_val",
  [
    ["sav_000901", 13, (frame) => table(frame, 0), [[BODY, PART], [PART]]],
    ["sav_000907", 17, (frame) => floor(frame, 0), [[BODY, PART], [PART]]],
  ],
  255,
);

export const savTest = setOf(
  "sav_test",
  [
    ["sav_000912", 13, (frame) => table(frame, 1), [[BODY, PART], [OTHER]]],
    ["sav_000925", 13, (frame) => floor(frame, 1), [[BODY, PART]]],
  ],
  1,
);

function* frames(count: number, draw: (frame: number) => Scene): Generator<Scene> {
  for (let frame = 0; frame < count; frame++) yield draw(frame);
}

/** A camera that moves past a mug on a table; in the second film a stone rolls in front of it. */
function table(frame: number, film: 0 | 1): Scene {
  const pan = { x: 1.7 * frame, y: 0.5 * Math.sin(frame / 2) };
  const scene = groundOf(WIDTH, HEIGHT, pan, (x, y) => {
    if (y > 48) return scaled(mix(rgb("#7d5a3a"), rgb("#b98d5f"), fractal(x / 30, y / 4, 6)), 1.1 - y / 300);
    const tile = Math.abs((x + 400) % 26) < 1 || Math.abs((y + 400) % 20) < 1;
    return tile ? rgb("#a9b6b4") : mix(rgb("#d9e0dc"), rgb("#c3cfcb"), noise(x / 14, y / 14, 2));
  });
  const { cup, handle } = mug();
  const pose = { at: { x: (film === 0 ? 72 : 60) - pan.x + 6, y: 38 - pan.y }, scale: 1.05 + 0.008 * frame };
  put(scene, handle, pose, { object: PART, shadow: { dx: 2, dy: 2, blur: 2, strength: 0.3 } });
  put(scene, cup, pose, { object: BODY, shadow: { dx: 4, dy: 3, blur: 3, strength: 0.35 } });
  if (film === 1)
    put(
      scene,
      stone("table", 12, 10),
      { at: { x: 106 - 5.4 * frame, y: 58 }, turn: -0.35 * frame },
      { object: OTHER, shadow: { dx: 2, dy: 3, blur: 2, strength: 0.4 } },
    );
  return scene;
}

/** A toy car on a carpet; in the first film it drives behind a box, where it is out of sight. */
function floor(frame: number, film: 0 | 1): Scene {
  const scene = groundOf(WIDTH, HEIGHT, { x: film * frame, y: 0 }, (x, y) => {
    const weave = mix(rgb("#3d5a78"), rgb("#7793a8"), fractal(x / 34, y / 26, 15));
    const edge = Math.abs(y - 12) < 2 || Math.abs(y - 62) < 2;
    return edge ? rgb("#e3d3a6") : weave;
  });
  const x = film === 0 ? 30 + 11 * Math.min(frame, 8) - (frame > 8 ? 11 * (frame - 8) : 0) : 34 + 4.6 * frame;
  const { body, wheels } = car(x / 8);
  const pose = { at: { x, y: 40 + (film === 1 ? 0.8 * frame : 0) }, scale: film === 0 ? 0.8 : 0.95 };
  put(scene, body, pose, { object: BODY, shadow: { dx: 2, dy: 9, blur: 3, strength: 0.45 } });
  for (const [i, wheel] of wheels.entries()) put(scene, wheel, pose, { object: i === 1 ? PART : BODY });
  if (film === 0) put(scene, box(), { at: { x: 108, y: 34 } }, { object: FRONT });
  return scene;
}

function box() {
  return {
    outlines: [
      [
        { x: -28, y: -26 },
        { x: 30, y: -26 },
        { x: 30, y: 28 },
        { x: -28, y: 28 },
      ],
    ],
    colour: ({ x, y }: { x: number; y: number }) =>
      scaled(
        mix(rgb("#b08a55"), rgb("#c9a673"), fractal(x / 20 + 9, y / 3 + 9, 44)),
        Math.abs(x) < 3 ? 0.82 : y < -20 ? 1.08 : 0.95,
      ),
  };
}
