// Sequences with several objects: fish of which one leaves the picture and returns, marbles that roll past one another. Traps of the real files:
// palette PNGs, void (255) round an object, a sequence that no list of the split names, sequences of different sizes.
import { davisSequence, groundOf, put } from "../clip.ts";
import { fish, marble, stone } from "../figures.ts";
import type { Files, Miniature } from "../files.ts";
import { fractal, noise } from "../random.ts";
import { mix, rgb, type Scene, scaled } from "../scene.ts";

const VOID = 255;

export const davis2017: Miniature = {
  name: "davis2017",
  make: async () => {
    const files: Files = new Map();
    const labels = (scene: Scene) => Uint8Array.from(scene.owner, (object) => (object > 3 ? 0 : object));
    await davisSequence(files, "two-fish", frames(10, tank), (scene) => withVoid(scene, labels(scene), 2));
    await davisSequence(files, "marbles", frames(6, tray), labels);
    await davisSequence(files, "one-fish", frames(2, tank), labels);
    files.set("ImageSets/2017/train.txt", "one-fish\n");
    files.set("ImageSets/2017/val.txt", "marbles\ntwo-fish\n");
    files.set("README.md", "Made up: the layout of DAVIS 2017, nothing of its content.\n");
    return files;
  },
};

function* frames(count: number, draw: (frame: number) => Scene): Generator<Scene> {
  for (let frame = 0; frame < count; frame++) yield draw(frame);
}

/** Left of an object the annotators were not sure. */
function withVoid({ width }: Scene, labels: Uint8Array, object: number): Uint8Array {
  return labels.map((label, i) =>
    label === 0 && i % width < width - 1 && labels[i + 1] === object ? VOID : label,
  );
}

/** One swims out of the picture and comes back; the other passes behind a stone. */
function tank(frame: number): Scene {
  const [width, height] = [152, 86];
  const scene = groundOf(width, height, { x: 0.8 * frame, y: 0 }, (x, y) => {
    const gravel = mix(rgb("#8a7a5c"), rgb("#c9b890"), noise(x / 2.5, y / 2.5, 19));
    const water = mix(rgb("#2f6f7e"), rgb("#5aa0a6"), fractal(x / 30, y / 22, 4) - y / 260);
    return y > 72 ? gravel : water;
  });
  const away = [118, 130, 146, 166, 190, 200, 190, 164, 140, 120][frame]!;
  const back = frame > 5;
  put(
    scene,
    fish(frame * 1.4, ["#d9541e", "#f6b04c", "#fff3dc"]),
    { at: { x: away, y: 26 + 0.8 * frame }, stretch: back ? -0.95 : 0.95, scale: 0.9 },
    { object: 1 },
  );
  put(
    scene,
    fish(1 + frame * 1.2, ["#27358f", "#7fa7e0", "#f3e04e"]),
    { at: { x: 30 + 7.4 * frame, y: 55 - 1.1 * frame }, turn: -0.12, scale: 0.82 },
    { object: 2 },
  );
  put(scene, stone("tank", 13, 22), { at: { x: 84 - 0.8 * frame, y: 70 } }, { object: 9 });
  return scene;
}

/** Three roll over a tray, two of them past each other. */
function tray(frame: number): Scene {
  const [width, height] = [112, 76];
  const scene = groundOf(width, height, { x: 0, y: 0 }, (x, y) => {
    const grain = fractal(x / 40, (y + 8 * fractal(x / 60, y / 50, 2)) / 3, 12);
    return scaled(mix(rgb("#9c7348"), rgb("#d0a877"), grain), 1.05 - y / 400);
  });
  const shadow = { dx: 3, dy: 4, blur: 3, strength: 0.5 };
  const balls = [
    [1, 17, "#c42834", "#f6e7d2", 24 + 8 * frame, 26 + frame],
    [2, 14, "#1c5fb0", "#9fe0f2", 88 - 6.5 * frame, 30 + 3.2 * frame],
    [3, 12, "#2d8a3e", "#f4e15a", 54 + 1.5 * frame, 62 - 1.5 * frame],
  ] as const;
  for (const [object, radius, one, two, x, y] of balls)
    put(
      scene,
      marble(object, radius, one, two),
      { at: { x, y }, turn: 0.3 * frame * (object === 2 ? -1 : 1) },
      { object, shadow },
    );
  return scene;
}
