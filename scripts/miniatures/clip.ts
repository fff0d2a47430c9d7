// Clips: figures that keep their pattern while they move, and their frames and masks as files.
import { encode } from "fast-png";
import type { BitMask, Point } from "../../src/core/types.ts";
import { createMask, setPixel } from "../../src/masks/bit-mask.ts";
import { type Files, jpg, labelPng, maskPng } from "./files.ts";
import { type Outline, turned } from "./outline.ts";
import {
  addNoise,
  type Colour,
  defocus,
  makeScene,
  type Paint,
  paint,
  type Scene,
  type Spot,
} from "./scene.ts";

/** A body around (0, 0): parts that are one outline, coloured by where a spot lies on the body. */
export interface Figure {
  readonly outlines: readonly Outline[];
  readonly colour: (local: Point, spot: Spot) => Colour;
}

/** Where a figure is in a frame; `stretch`: its width over its height, as a thing that turns away has it. */
export interface Pose {
  readonly at: Point;
  readonly turn?: number;
  readonly scale?: number;
  readonly stretch?: number;
}

/** The ground as a camera sees it that has moved by `pan`. */
export function groundOf(
  width: number,
  height: number,
  pan: Point,
  colour: (x: number, y: number) => Colour,
): Scene {
  return makeScene(width, height, (x, y) => colour(x + pan.x, y + pan.y));
}

export function put(
  scene: Scene,
  { outlines, colour }: Figure,
  { at, turn = 0, scale = 1, stretch = 1 }: Pose,
  more: Pick<Paint, "object" | "shadow" | "soft">,
): void {
  paint(scene, {
    ...{ union: true, soft: 0.5, ...more },
    outlines: outlines.map((outline) =>
      outline.map(({ x, y }) => turned(at, x * scale * stretch, y * scale, turn)),
    ),
    colour: (spot) => {
      const { x, y } = turned({ x: 0, y: 0 }, spot.x - at.x, spot.y - at.y, -turn);
      return colour({ x: x / scale / stretch, y: y / scale }, spot);
    },
  });
}

/** What a camera makes of a scene. */
export async function frameOf(scene: Scene, name: string, quality = 76): Promise<Uint8Array> {
  defocus(scene, 0.5);
  addNoise(scene, name, 0.003, 0.008);
  return jpg(scene, quality);
}

/** Pixels on top of which one of these objects lies. */
export function seen({ width, height, owner }: Scene, ...objects: readonly number[]): BitMask {
  const mask = createMask(width, height);
  for (let i = 0; i < owner.length; i++)
    if (objects.includes(owner[i]!)) setPixel(mask, i % width, Math.floor(i / width));
  return mask;
}

/** 00000, 00001, ... */
export const numbered = (frame: number) => String(frame).padStart(5, "0");

/** The values' colours in DAVIS' palette: three bits of each channel from the value's own, the highest first. */
const palette = Array.from({ length: 256 }, (_, value) =>
  [0, 1, 2].map((channel) => {
    let level = 0;
    for (let bit = 0; bit < 8; bit++) level |= ((value >> (3 * bit + channel)) & 1) << (7 - bit);
    return level;
  }),
);

/** Frames and label maps of a DAVIS sequence; `scenes` are drawn one by one, `labels` are the values of a scene's pixels. */
export async function davisSequence(
  files: Files,
  name: string,
  scenes: Iterable<Scene>,
  labels: "foreground" | ((scene: Scene) => Uint8Array),
): Promise<void> {
  let frame = 0;
  for (const scene of scenes) {
    const { width, height } = scene;
    const png =
      labels === "foreground" ? maskPng(seen(scene, 1)) : labelPng(width, height, labels(scene), palette);
    files.set(`Annotations/480p/${name}/${numbered(frame)}.png`, png);
    files.set(`JPEGImages/480p/${name}/${numbered(frame)}.jpg`, await frameOf(scene, `${name} ${frame}`));
    frame++;
  }
}

/** Frames of a SA-V video at 24 a second, and at every fourth a mask of each target: the objects that it is made of. */
export async function savVideo(
  files: Files,
  name: string,
  scenes: Iterable<Scene>,
  targets: readonly (readonly number[])[],
  on: number,
): Promise<void> {
  let frame = 0;
  for (const scene of scenes) {
    if (frame % 4 === 0)
      for (const [i, objects] of targets.entries()) {
        const folder = `Annotations_6fps/${name}/${String(i).padStart(3, "0")}`;
        files.set(`${folder}/${numbered(frame)}.png`, valuePng(seen(scene, ...objects), on));
      }
    files.set(
      `JPEGImages_24fps/${name}/${numbered(frame)}.jpg`,
      await frameOf(scene, `${name} ${frame}`, 72),
    );
    frame++;
  }
}

/** 8-bit grey, 0 or this value. */
function valuePng({ width, height, stride, words }: BitMask, on: number): Uint8Array {
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const x = i % width;
    const word = words[Math.floor(i / width) * stride + (x >> 5)]!;
    if ((word >>> (x & 31)) & 1) data[i] = on;
  }
  return encode({ width, height, channels: 1, depth: 8, data }, { zlib: { level: 9 } });
}
