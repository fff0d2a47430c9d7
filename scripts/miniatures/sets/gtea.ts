// Hands that prepare food, from a camera on the head. Smaller than the real 720 x 405.
// Traps of the real files: a value of its own where hands meet, masks in grey and in colour, a second data set with folders of
// videos, older masks that nobody should read, LabelMe files beside.
import { encode } from "fast-png";
import { type Files, jpg, type Miniature } from "../files.ts";
import { bowl, COVER, closeHand, counter, type Hand, knife, layHand, tableTop, thing } from "../hands.ts";
import { blob, box } from "../outline.ts";
import { randomOf } from "../random.ts";
import { addNoise, defocus, grade, makeScene, type Scene, scaled } from "../scene.ts";

const WIDTH = 360;
const HEIGHT = 203;
const LEFT = 85;
const RIGHT = 170;
const MEET = 255;
const skin = "#d29c7c";

const frames: readonly { readonly name: string; readonly colour?: boolean; readonly make: () => Scene }[] = [
  {
    name: "s1_cheese_0000000420",
    make: () => {
      const scene = makeScene(WIDTH, HEIGHT, tableTop("#c0a27c", 3));
      bowl(scene, 0, { x: 70, y: 50 }, 38, "#e4e0d6", "#c9b48a");
      thing(scene, 0, [box(130, 52, 236, 128)], "#d9b15e", { grain: 0.3, seed: 3 });
      thing(scene, 0, [box(142, 60, 226, 118)], "#efd28a", { grain: 0.2, seed: 5 });
      return withHands(
        scene,
        { at: { x: 118, y: 128 }, elbow: { x: 10, y: 225 }, side: "left", bent: 0.6 },
        { at: { x: 252, y: 122 }, elbow: { x: 350, y: 230 }, side: "right", bent: 0.9 },
        (s) => knife(s, COVER, { x: 262, y: 132 }, { x: 190, y: 66 }, 7),
      );
    },
  },
  {
    name: "s1_cheese_0000000560",
    colour: true,
    make: () => {
      const scene = makeScene(WIDTH, HEIGHT, tableTop("#c0a27c", 3));
      bowl(scene, 0, { x: 66, y: 46 }, 38, "#e4e0d6", "#c9b48a");
      return withHands(
        scene,
        { at: { x: 150, y: 118 }, elbow: { x: 40, y: 230 }, side: "left", bent: 0.4 },
        { at: { x: 212, y: 116 }, elbow: { x: 322, y: 230 }, side: "right", bent: 0.4 },
        (s) =>
          thing(s, COVER, [blob(randomOf("bun"), { x: 182, y: 84 }, 40, 27, 0, 0.05)], "#b97a3d", {
            shine: 0.3,
            grain: 0.3,
          }),
        true,
      );
    },
  },
  {
    name: "s3_coffee_0000001260",
    make: () => {
      const scene = makeScene(WIDTH, HEIGHT, counter("#a49c90", 9));
      thing(scene, 0, [box(36, 30, 120, 120)], "#41464c", { shine: 0.3 });
      bowl(scene, 0, { x: 196, y: 74 }, 36, "#9a3d35", "#2c1a10");
      return withHands(
        scene,
        { at: { x: 112, y: 132 }, elbow: { x: 20, y: 235 }, side: "left", bent: 0.3 },
        { at: { x: 248, y: 104 }, elbow: { x: 352, y: 228 }, side: "right", bent: 0.7 },
        (s) => thing(s, COVER, [box(206, 56, 212, 118)], "#c8cccf", { shine: 0.8, grain: 0.05 }),
      );
    },
  },
  {
    name: "s2_pealate_0000000310",
    make: () => {
      const scene = makeScene(WIDTH, HEIGHT, tableTop("#8f7355", 23));
      bowl(scene, 0, { x: 292, y: 48 }, 34, "#bfa04a", "#7a4a1f");
      thing(scene, 0, [blob(randomOf("toast"), { x: 160, y: 88 }, 56, 44, 0.1, 0.03)], "#c9924e", {
        grain: 0.4,
      });
      return withHands(
        scene,
        { at: { x: 112, y: 118 }, elbow: { x: 30, y: 232 }, side: "left", bent: 0.2 },
        { at: { x: 232, y: 128 }, elbow: { x: 330, y: 236 }, side: "right", bent: 1 },
        (s) => knife(s, COVER, { x: 244, y: 138 }, { x: 158, y: 78 }, 6),
      );
    },
  },
  {
    name: "s4_tea_0000000100",
    make: () => {
      // Before the hands come: the mask is empty.
      const scene = makeScene(WIDTH, HEIGHT, counter("#8f958f", 17));
      bowl(scene, 0, { x: 170, y: 100 }, 44, "#d9d9d2", "#8a5a26");
      return scene;
    },
  },
];

function withHands(
  scene: Scene,
  left: Omit<Hand, "object" | "size" | "skin"> | undefined,
  right: Omit<Hand, "object" | "size" | "skin">,
  hold: (scene: Scene) => void,
  meet = false,
): Scene {
  const hands = [
    ...(left === undefined ? [] : [{ ...left, size: 44, skin, object: LEFT }]),
    { ...right, size: 44, skin, object: RIGHT },
  ];
  for (const hand of hands) layHand(scene, hand);
  hold(scene);
  for (const hand of hands) closeHand(scene, hand);
  if (meet) markMeeting(scene);
  return scene;
}

/** Where one hand lies over the other both outlines hold: the set gives that region a value of its own. */
function markMeeting({ owner }: Scene): void {
  const near = 6;
  const before = owner.slice();
  for (let y = near; y < HEIGHT - near; y++)
    for (let x = near; x < WIDTH - near; x++) {
      if (before[y * WIDTH + x] !== RIGHT) continue;
      for (let dy = -near; dy <= near; dy++)
        for (let dx = -near; dx <= near; dx++)
          if (before[(y + dy) * WIDTH + x + dx] === LEFT) owner[y * WIDTH + x] = MEET;
    }
}

export const gtea: Miniature = {
  name: "gtea",
  make: async () => {
    const files: Files = new Map();
    const folder = "hand2K_dataset/GTEA";
    files.set("hand2K_dataset/Readme.txt", "A miniature in the layout of the hand masks of GTEA.\n");
    for (const { name, colour = false, make } of frames) {
      const scene = make();
      defocus(scene, 0.7);
      grade(scene, ([r, g, b], x, y) =>
        scaled([r * 1.05, g, b * 0.9], 1.08 - 0.5 * ((x / WIDTH - 0.5) ** 2 + (y / HEIGHT - 0.45) ** 2)),
      );
      addNoise(scene, name, 0.008, 0.02);
      files.set(`${folder}/Images/${name}.jpg`, await jpg(scene, 86));
      const labels = Uint8Array.from(scene.owner, (value) => (value === COVER ? 0 : value));
      files.set(`${folder}/Masks/${name}.png`, colour ? coloured(labels) : grey(labels));
      files.set(`${folder}/Annotations/${name}.xml`, "<annotation></annotation>\n");
    }
    const some = `${frames[2]!.name}`;
    const picture = files.get(`${folder}/Images/${some}.jpg`)!;
    const mask = files.get(`${folder}/Masks/${some}.png`)!;
    files.set(`${folder}/oldImages/${some}.jpg`, picture);
    files.set(`${folder}/oldMasks/${some}.png`, mask);
    files.set(`hand2K_dataset/GTEA_GAZE_PLUS/Images/Ahmad_American/${some}.jpg`, picture);
    files.set(`hand2K_dataset/GTEA_GAZE_PLUS/Masks/Ahmad_American/${some}.png`, mask);
    return files;
  },
};

function grey(data: Uint8Array): Uint8Array {
  return encode({ width: WIDTH, height: HEIGHT, channels: 1, depth: 8, data }, { zlib: { level: 9 } });
}

function coloured(labels: Uint8Array): Uint8Array {
  const data = new Uint8Array(3 * labels.length);
  labels.forEach((value, i) => {
    if (value > 0) data[3 * i + [LEFT, RIGHT, MEET].indexOf(value)] = 255;
  });
  return encode({ width: WIDTH, height: HEIGHT, channels: 3, depth: 8, data }, { zlib: { level: 9 } });
}
