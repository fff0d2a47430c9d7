// Two sequences with one object each: a ladybird on a leaf, a toy boat that passes behind reeds. Traps of the real files: masks of 0 and 255, a
// line for each frame in the lists, which begin with a slash, and the same files in a second size.

import { davisSequence, groundOf, numbered, put } from "../clip.ts";
import { boat, ladybird, legs } from "../figures.ts";
import type { Files, Miniature } from "../files.ts";
import { curve, ribbon } from "../outline.ts";
import { fractal, noise } from "../random.ts";
import { mix, paint, rgb, type Scene, scaled } from "../scene.ts";

export const davis2016: Miniature = {
  name: "davis2016",
  make: async () => {
    const files: Files = new Map();
    const lists: string[] = [];
    for (const [name, count, draw] of [
      ["ladybird", 10, leaf],
      ["toy-boat", 8, pond],
    ] as const) {
      await davisSequence(files, name, frames(count, draw), "foreground");
      for (let i = 0; i < count; i++)
        lists.push(
          `/JPEGImages/480p/${name}/${numbered(i)}.jpg /Annotations/480p/${name}/${numbered(i)}.png`,
        );
    }
    files.set("ImageSets/480p/trainval.txt", `${lists.join("\n")}\n`);
    files.set("Annotations/1080p/toy-boat/00000.png", files.get("Annotations/480p/toy-boat/00000.png")!);
    return files;
  },
};

function* frames(count: number, draw: (frame: number) => Scene): Generator<Scene> {
  for (let frame = 0; frame < count; frame++) yield draw(frame);
}

/** It walks to the right and turns upwards. */
function leaf(frame: number): Scene {
  const [width, height] = [152, 86];
  const scene = groundOf(width, height, { x: 1.5 * frame, y: 0.4 * frame }, (x, y) => {
    const vein = Math.min(
      Math.abs(y - 52 - 0.08 * x),
      1.4 * Math.abs(((x - 0.9 * Math.abs(y - 52) + 500) % 34) - 17),
    );
    const green = mix(rgb("#3f7a2b"), rgb("#7db04a"), fractal(x / 24, y / 24, 31));
    return mix(green, rgb("#b9d585"), 0.6 * Math.max(0, 1 - vein / 1.6));
  });
  const pose = {
    at: { x: 40 + 7.2 * frame, y: 52 - 0.22 * frame ** 2 },
    turn: -0.05 - 0.055 * frame,
    scale: 0.92 + 0.012 * frame,
  };
  put(scene, legs(frame), pose, { object: 1 });
  put(scene, ladybird(), pose, { object: 1, shadow: { dx: 3, dy: 4, blur: 3, strength: 0.4 } });
  return scene;
}

/** It sails to the right, behind reeds that stand still. */
function pond(frame: number): Scene {
  const [width, height] = [128, 80];
  const scene = groundOf(width, height, { x: 0, y: 0 }, (x, y) => {
    if (y < 26) return mix(rgb("#5f7f52"), rgb("#93a96d"), fractal(x / 13, y / 9, 77));
    const ripple = Math.sin(y / 1.9 + 3 * noise(x / 16, y / 7, 3) + 0.7 * frame);
    return scaled(
      mix(rgb("#47707f"), rgb("#87aab0"), 0.5 + 0.3 * ripple),
      0.9 + 0.2 * fractal(x / 20, y / 10, 8),
    );
  });
  put(
    scene,
    boat(),
    {
      at: { x: 34 + 7.5 * frame, y: 46 + 1.2 * Math.sin(frame) },
      turn: 0.05 * Math.sin(0.8 * frame),
      scale: 0.95,
    },
    { object: 1, shadow: { dx: 1, dy: 5, blur: 3, strength: 0.35 } },
  );
  for (const [x, lean] of [
    [78, 3],
    [83, -2],
    [88, 5],
  ] as const) {
    const stem = curve(
      [
        { x, y: 82 },
        { x: x + lean / 2, y: 44 },
        { x: x + lean, y: 12 },
      ],
      8,
    );
    paint(scene, {
      outlines: [ribbon(stem, (t) => 2.1 - t)],
      object: 9,
      soft: 0.4,
      colour: ({ y }) => mix(rgb("#86934a"), rgb("#4d5c2a"), y / 80),
    });
  }
  return scene;
}
