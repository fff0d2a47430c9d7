// A scene whose things are made of parts: parts are masks, and so are the wholes they make up.
import type { BitMask } from "../../src/core/types.ts";
import { createMask, setPixel } from "../../src/masks/bit-mask.ts";
import { type Paint, paint, type Scene } from "./scene.ts";

export interface Stage {
  readonly scene: Scene;
  /** Paints a part and gives its number. */
  add(part: Omit<Paint, "object">): number;
  /** Makes a mask of parts; each part alone is one already, unless `hidden`. */
  group(...parts: readonly number[]): void;
  /** Paints what is no mask of its own. */
  dress(part: Omit<Paint, "object">): number;
  /** Paints light or a reflection: what lies below stays on top. */
  tint(part: Omit<Paint, "object">): void;
  /** Visible pixels of parts, then of groups, those of fewer than `least` pixels left out. */
  masks(least: number): BitMask[];
}

export function makeStage(scene: Scene): Stage {
  const sets: number[][] = [];
  let last = 0;
  const dress: Stage["dress"] = (part) => {
    paint(scene, { soft: 0.5, ...part, object: ++last });
    return last;
  };
  return {
    scene,
    dress,
    tint: (part) => {
      paint(scene, part);
    },
    add: (part) => {
      sets.push([dress(part)]);
      return last;
    },
    group: (...parts) => {
      sets.push([...parts]);
    },
    masks: (least) =>
      sets.map((parts) => maskOf(scene, parts)).flatMap(({ mask, area }) => (area < least ? [] : [mask])),
  };
}

function maskOf({ width, height, owner }: Scene, parts: readonly number[]) {
  const wanted = new Set(parts);
  const mask = createMask(width, height);
  let area = 0;
  for (let i = 0; i < owner.length; i++) {
    if (!wanted.has(owner[i]!)) continue;
    setPixel(mask, i % width, Math.floor(i / width));
    area++;
  }
  return { mask, area };
}
