// All masks of images in pictures, drawn when a run ends, while the images are there to read.
import { setDefaults } from "../../core/defaults.ts";
import { groupBy } from "../../core/group-by.ts";
import {
  type CandidateCounts,
  candidatesText,
  isMaskSet,
  maskSetFacts,
  nothingLeft,
} from "../../core/mask-set-facts.ts";
import { fates } from "../../core/mask-sets.ts";
import type { Invariant } from "../../core/measure.ts";
import type { Row, RowKey } from "../../core/rows.ts";
import type { BitMask, ImageSample } from "../../core/types.ts";
import { bestFit, bitsOf, type MaskTarget, maskTargets } from "../../eval/index.ts";
import { area, createMask, tightBox } from "../../masks/bit-mask.ts";
import { maskOfRle } from "../../masks/rle.ts";
import { type DrawnPicture, overlayPicture } from "../../report/index.ts";
import type { MissChoice, SetChoice, ShownMiss, ShownSet } from "../../report/input.ts";
import { maskPicture, type Rgb } from "../../report/mask-picture.ts";
import { chooseMisses, chooseSets, seenSets, shownMiss, shownSet } from "../../report/sets.ts";
import { findMasks, maskKey } from "../../store/read-run.ts";
import {
  type DrawableRun,
  drawnFolder,
  readDrawn,
  type StoredPicture,
  samplesOf,
  seenRows,
} from "./drawn.ts";

const INDEX = "sets.json";
const MISSES = "misses.json";

/** What a target is drawn in, as on other pictures: the truth, and what was found of it. */
const colours: Readonly<Record<"missed" | "found", Rgb>> = { missed: [255, 223, 61], found: [47, 141, 255] };

interface DrawnSet {
  readonly choice: SetChoice;
  readonly masks: StoredPicture;
  readonly targets: StoredPicture;
}

interface DrawnMiss extends Pick<ShownMiss, "target" | "fit"> {
  readonly choice: MissChoice;
  readonly picture: StoredPicture;
}

type ImageKey = Pick<RowKey, "model" | "benchmark" | "protocol" | "sample">;

/** Draws into the run folder; false where the run is not one of all masks of images. */
export async function drawSets(run: DrawableRun, check: Invariant): Promise<boolean> {
  const { out, plan, metrics } = run;
  const protocols = run.protocols.slice(0, 1);
  const seen = await seenRows(
    { out, protocols },
    check,
    isMaskSet,
    seenSets(protocols[0]?.measures(metrics) ?? []),
  );
  if (seen === undefined) return false;
  const folder = await drawnFolder(out);
  if (seen.length === 0 || !plan.masks) return seen.length > 0;
  const [sets, misses] = [chooseSets(seen), chooseMisses(seen)];
  const sampleOf = samplesOf(run);
  const [drawnSets, drawnMisses]: [DrawnSet[], DrawnMiss[]] = [[], []];
  // Image by image; the masks of all of them are found in one pass.
  const byImage = groupBy([...sets, ...misses], maskKeyText);
  const found = await findMasks(
    out,
    [...byImage.values()].flatMap(([own]) => wantedOf(own!)),
  );
  for (const [own] of byImage.values()) {
    const key = keyOf(own!);
    const sample = await sampleOf(key);
    if (sample?.kind !== "image") continue;
    const masks = wantedOf(own!).flatMap((one) => {
      const mask = found.get(maskKey(one));
      return mask === undefined ? [] : [maskOfRle(mask.rle, `mask ${one.generated.rank} of ${key.sample}`)];
    });
    const targets = maskTargets(sample.targets);
    const isHere = (one: ImageKey) => maskKeyText(one) === maskKeyText(key);
    for (const choice of sets.filter(isHere)) {
      const name = `set-${drawnSets.length}`;
      const [all, truth] = await setPictures(sample, masks, targets, choice);
      drawnSets.push({
        choice,
        masks: await folder.picture(`${name}-masks`, all),
        targets: await folder.picture(`${name}-targets`, truth),
      });
    }
    for (const choice of misses.filter(isHere)) {
      const target = targets[choice.place];
      const truth = target && bitsOf(target);
      if (target === undefined || truth === undefined) continue;
      const best = bestFit(masks, target);
      const drawn = await overlayPicture({
        ...{ image: sample.image, truth },
        prediction: best?.mask ?? createMask(truth.width, truth.height),
      });
      const picture = await folder.picture(`miss-${drawnMisses.length}`, drawn);
      drawnMisses.push({ choice, target: target.id, fit: best?.fit ?? 0, picture });
    }
  }
  const place = new Map([...sets, ...misses].map((choice, i) => [choice, i]));
  const inOrder = <T extends { readonly choice: SetChoice | MissChoice }>(list: readonly T[]) =>
    list.toSorted((a, b) => place.get(a.choice)! - place.get(b.choice)!);
  await folder.index(INDEX, inOrder(drawnSets));
  await folder.index(MISSES, inOrder(drawnMisses));
  return true;
}

function keyOf({ model, benchmark, protocol, sample }: ImageKey): ImageKey {
  return { model, benchmark, protocol, sample };
}

function maskKeyText(key: ImageKey): string {
  return JSON.stringify(keyOf(key));
}

/** What names the masks of an image, in the order of their ranks. */
function wantedOf({ masks, ...key }: ImageKey & { readonly masks: number }) {
  return Array.from({ length: masks }, (_, rank) => ({
    ...{ ...keyOf(key), target: "all", at: { clicks: 1 } },
    generated: { rank },
  }));
}

/** All masks, and the targets by whether one was found. */
function setPictures(
  { image }: ImageSample,
  masks: readonly BitMask[],
  targets: readonly MaskTarget[],
  { missed }: SetChoice,
): Promise<readonly [DrawnPicture, DrawnPicture]> {
  const painted = (mask: BitMask, colour?: Rgb) => {
    const box = tightBox(mask);
    return box === undefined ? [] : [{ area: area(mask), box, mask: () => mask, ...(colour && { colour }) }];
  };
  const truth = targets.flatMap((target, place) => {
    const mask = target.crowd ? undefined : bitsOf(target);
    return mask === undefined ? [] : painted(mask, colours[missed.includes(place) ? "missed" : "found"]);
  });
  const size = { longest: setDefaults.side, quality: setDefaults.quality };
  return Promise.all([
    maskPicture(
      image,
      masks.flatMap((mask) => painted(mask)),
      size,
    ),
    maskPicture(image, truth, size),
  ]);
}

/** Hears of every row; where a model made no mask at all on a benchmark, why. */
export class EmptySets {
  readonly #counts = new Map<string, { readonly where: string } & CandidateCounts>();
  readonly #protocols: readonly string[];

  constructor(protocols: readonly string[]) {
    this.#protocols = protocols;
  }

  add(row: Row): void {
    if (row.status !== "ok" || !isMaskSet(row)) return;
    const { masks, points = 0, candidates = 0, removed = [] } = maskSetFacts(row);
    const { model, benchmark, protocol } = row;
    const under = this.#protocols.length > 1 ? ` under ${protocol}` : "";
    const key = JSON.stringify([model, benchmark, protocol]);
    const none: CandidateCounts = { masks: 0, points: 0, candidates: 0, removed: {} };
    const before = this.#counts.get(key) ?? none;
    const all = fates.slice(1).map((fate, i) => [fate, (before.removed[fate] ?? 0) + (removed[i] ?? 0)]);
    this.#counts.set(key, {
      where: `${model} made no mask on ${benchmark}${under}`,
      masks: before.masks + masks,
      points: before.points + points,
      candidates: before.candidates + candidates,
      removed: Object.fromEntries(all),
    });
  }

  /** "tiny made no mask on drawn: 1,536 candidates of 512 clicks; left out: 1,536 by predicted IoU; ...". */
  found(): string[] {
    return [...this.#counts.values()].flatMap(({ where, ...counts }) =>
      counts.masks > 0 || counts.candidates === 0
        ? []
        : [`${where}: ${candidatesText(counts)}${nothingLeft(counts) ?? ""}`],
    );
  }
}

/** What was drawn for a run folder; nothing where it has no such pictures. */
export async function readSets(dir: string): Promise<{ images: ShownSet[]; misses: ShownMiss[] }> {
  return {
    images: await readDrawn(dir, INDEX, "pictures of masks", async (one: DrawnSet, picture) =>
      shownSet(one.choice, { masks: await picture(one.masks), targets: await picture(one.targets) }),
    ),
    misses: await readDrawn(dir, MISSES, "pictures of missed targets", async (one: DrawnMiss, picture) =>
      shownMiss(one.choice, one, await picture(one.picture)),
    ),
  };
}
