// Hands that hold things, from cameras on the head. Values of labels: 1 and 2 hands, 3 to 5 what they touch, 6 to 8 what that touches.
// Traps of the real files: frames of sources that are not wanted, a label without any value, a label stored with three equal
// channels, contact maps beside that are not to be read, a folder above train.
import { encode } from "fast-png";
import { type Files, jpg, type Miniature } from "../files.ts";
import { bowl, COVER, closeHand, counter, hand, knife, layHand, tableTop, thing } from "../hands.ts";
import { blob, box, curve, ribbon } from "../outline.ts";
import { randomOf } from "../random.ts";
import { addNoise, defocus, grade, makeScene, type Scene, scaled } from "../scene.ts";

const frames: readonly { readonly name: string; readonly colour?: boolean; readonly make: () => Scene }[] = [
  {
    name: "ego4d_3fb1a76e-2a4c_000341",
    make: () => {
      const scene = makeScene(384, 216, counter("#8d8a84", 5));
      thing(scene, 8, [box(95, 60, 290, 176)], "#b98d5b", { grain: 0.35, seed: 8 });
      const left = hand("left", [150, 118], [30, 240], 46, {
        skin: "#c98f6e",
        sleeve: "#3b4a5c",
        bent: 0.85,
        object: 1,
      });
      const right = hand("right", [270, 128], [375, 245], 46, {
        skin: "#c98f6e",
        sleeve: "#3b4a5c",
        bent: 1,
        object: 2,
      });
      layHand(scene, left);
      layHand(scene, right);
      thing(scene, 3, [blob(randomOf("onion"), { x: 190, y: 98 }, 30, 25, 0.4, 0.04)], "#c4763f", {
        shine: 0.5,
        grain: 0.3,
      });
      knife(scene, 4, { x: 284, y: 138 }, { x: 204, y: 74 }, 8);
      closeHand(scene, left);
      closeHand(scene, right);
      return scene;
    },
  },
  {
    name: "ego4d_91c05d88-77fe_001205",
    colour: true,
    make: () => {
      const scene = makeScene(384, 216, tableTop("#8a5f3e", 12));
      thing(scene, 0, [blob(randomOf("saucer"), { x: 60, y: 55 }, 34, 30, 0, 0)], "#d7d2c6", {
        shine: 0.4,
        grain: 0.05,
      });
      bowl(scene, 5, { x: 195, y: 100 }, 62, "#dcd7cc", "#7d4a2b");
      const left = hand("left", [128, 132], [20, 250], 44, { skin: "#8a5c42", bent: 0.5, object: 1 });
      const right = hand("right", [272, 122], [380, 236], 44, { skin: "#8a5c42", bent: 0.6, object: 2 });
      layHand(scene, left);
      layHand(scene, right);
      closeHand(scene, left);
      closeHand(scene, right);
      return scene;
    },
  },
  {
    name: "thu_p02_s1_0113",
    make: () => {
      const scene = makeScene(320, 240, tableTop("#b6a58b", 31));
      thing(scene, 7, [box(70, 40, 235, 150)], "#e9e5da", { grain: 0.06, seed: 4 });
      for (let i = 0; i < 7; i++)
        thing(
          scene,
          7,
          [
            ribbon(
              curve(
                [
                  { x: 84, y: 56 + 12 * i },
                  { x: 150, y: 55 + 12 * i },
                  { x: 205 - 9 * (i % 3), y: 57 + 12 * i },
                ],
                6,
              ),
              () => 1,
            ),
          ],
          "#5f6670",
          { grain: 0 },
        );
      const right = hand("right", [218, 152], [320, 265], 50, {
        skin: "#e0b090",
        sleeve: "#6d2f33",
        bent: 0.9,
        object: 2,
      });
      layHand(scene, right);
      thing(
        scene,
        4,
        [
          ribbon(
            curve(
              [
                { x: 236, y: 160 },
                { x: 205, y: 132 },
                { x: 170, y: 96 },
              ],
              8,
            ),
            (t) => (t > 0.9 ? 1.4 : 4),
          ),
        ],
        "#22468c",
        { shine: 0.6 },
      );
      closeHand(scene, right);
      return scene;
    },
  },
  {
    // Nobody's hands: the label is zero everywhere.
    name: "thu_p05_s3_0007",
    make: () => {
      const scene = makeScene(320, 240, counter("#6f7a80", 44));
      thing(scene, 0, [blob(randomOf("melon"), { x: 150, y: 120 }, 62, 55, 0.2, 0.03)], "#5d7d33", {
        shine: 0.4,
        grain: 0.4,
      });
      return scene;
    },
  },
];

export const egohos: Miniature = {
  name: "egohos",
  make: async () => {
    const files: Files = new Map();
    const folder = "data/train";
    for (const { name, colour = false, make } of frames) {
      const scene = make();
      const { width, height } = scene;
      defocus(scene, 0.6);
      grade(scene, (c, x, y) => scaled(c, 1.12 - 0.55 * ((x / width - 0.5) ** 2 + (y / height - 0.5) ** 2)));
      addNoise(scene, name, 0.006, 0.018);
      files.set(`${folder}/image/${name}.jpg`, await jpg(scene, 88));
      const labels = Uint8Array.from(scene.owner, (value) => (value === COVER ? 0 : value));
      const data = colour
        ? Uint8Array.from({ length: 3 * labels.length }, (_, i) => labels[Math.floor(i / 3)]!)
        : labels;
      const channels = colour ? 3 : 1;
      const zlib = { zlib: { level: 9 } } as const;
      files.set(`${folder}/label/${name}.png`, encode({ width, height, channels, depth: 8, data }, zlib));
      const contact = labels.map((value) => (value > 2 ? 1 : 0));
      files.set(
        `${folder}/contact/${name}.png`,
        encode({ width, height, channels: 1, depth: 8, data: contact }, zlib),
      );
    }
    const [first] = frames;
    for (const source of ["epic_P03_112", "youtube_55_0012", "escape_2_0190"]) {
      files.set(`${folder}/image/${source}.jpg`, files.get(`${folder}/image/thu_p05_s3_0007.jpg`)!);
      files.set(`${folder}/label/${source}.png`, files.get(`${folder}/label/thu_p05_s3_0007.png`)!);
    }
    files.set("data/val/image/ego4d_val.jpg", files.get(`${folder}/image/thu_p05_s3_0007.jpg`)!);
    files.set("data/val/label/ego4d_val.png", files.get(`${folder}/label/${first!.name}.png`)!);
    return files;
  },
};
