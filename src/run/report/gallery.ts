import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { imagesOf } from "../../config/kinds.ts";
import { galleryDefaults } from "../../core/defaults.ts";
import type { Invariant } from "../../core/measure.ts";
import type { Rle, Row } from "../../core/rows.ts";
import type { SampleRef } from "../../core/types.ts";
import { maskOfRle } from "../../masks/rle.ts";
import {
  chooseGallery,
  type GalleryChoice,
  type GalleryItem,
  type GalleryOptions,
  galleryItem,
  overlayPicture,
  withSteps,
} from "../../report/index.ts";
import { overlayFolder } from "../../store/files.ts";
import { findMasks, maskKey, readRows } from "../../store/read-run.ts";
import { writeOut } from "../write.ts";
import { readDrawn } from "./drawn.ts";
import { drawQueries } from "./query-pictures.ts";
import { drawSets } from "./sets.ts";
import { type DrawableTracks, drawStrips } from "./tracks.ts";

const INDEX = "index.json";
/** Shown after three clicks where a protocol has them: late enough to show refinement, early enough to show failures. */
const CLICKS_SHOWN = 3;

interface Drawn {
  readonly choice: GalleryChoice;
  readonly file: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
}

/** What of a run a gallery needs. */
export interface Drawable extends DrawableTracks {
  /** Clicks of the steps present, where not all are that the protocol reports. */
  readonly clicks?: readonly number[];
}

/** Draws the targets that the report will show into the run folder, while the images are there to read; `check` is of its rows. */
export async function drawGallery(run: Drawable, check: Invariant): Promise<void> {
  const { out, plan, benchmarks } = run;
  for (const draw of [drawStrips, drawSets, drawQueries]) if (await draw(run, check)) return;
  const shown = shownStep(run);
  if (shown === undefined || !plan.masks) return;
  const chosen = chooseGallery(await slimRows(out, shown, check), { ...galleryDefaults, ...shown });
  const choices = await allSteps(out, chosen, check);
  const found = await findMasks(out, choices);
  const images = benchmarks.filter(({ kind }) => kind === "image");
  const refs = new Map(
    images.flatMap((one) =>
      imagesOf(one, "a gallery").map((ref) => [`${one.name}\n${ref.id}`, ref] as const),
    ),
  );
  const folder = join(out, overlayFolder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const index: Drawn[] = [];
  for (const choice of choices) {
    const ref = refs.get(`${choice.benchmark}\n${choice.sample}`);
    const mask = found.get(maskKey(choice));
    if (ref === undefined || mask === undefined) continue;
    const picture = await drawOne(choice, ref, mask.rle);
    if (picture === undefined) continue;
    const file = `${String(index.length).padStart(3, "0")}.webp`;
    await writeOut(join(folder, file), picture.data);
    index.push({ choice, file, type: picture.type, width: picture.width, height: picture.height });
  }
  await writeOut(join(folder, INDEX), `${JSON.stringify(index, undefined, 1)}\n`);
}

/** The pictures drawn for a run folder; none where there are none. */
export function readGallery(dir: string): Promise<GalleryItem[]> {
  return readDrawn(dir, INDEX, "pictures", async ({ choice, file, type, width, height }: Drawn, picture) =>
    galleryItem(choice, { data: await picture(file), type, width, height }),
  );
}

/** The step that is shown of the first protocol, and its measures that are scores of rows. */
function shownStep({
  plan,
  protocols,
  metrics,
  clicks: there,
}: Drawable): Pick<GalleryOptions, "protocol" | "clicks" | "measures"> | undefined {
  const [protocol] = protocols;
  const measures = (protocol?.measures(metrics) ?? []).filter(({ name }) => plan.metrics.includes(name));
  const reported = measures.flatMap(({ step }) => (step === undefined ? [] : [step.clicks]));
  const steps = there === undefined ? reported : reported.filter((clicks) => there.includes(clicks));
  const clicks = steps.includes(CLICKS_SHOWN) ? CLICKS_SHOWN : Math.max(...steps);
  const [first, ...others] = measures.filter(({ step }) => step?.clicks === clicks);
  if (protocol === undefined || first === undefined) return undefined;
  return { protocol: protocol.id, clicks, measures: [first, ...others] };
}

/** Rows of one protocol with the one step that is ranked: only what choosing needs. */
async function slimRows(
  dir: string,
  { protocol, clicks }: Pick<GalleryOptions, "protocol" | "clicks">,
  check: Invariant,
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(dir, check)) {
    if (row.status !== "ok" || row.protocol !== protocol) continue;
    rows.push({ ...row, steps: row.steps.filter(({ at }) => at.clicks === clicks) });
  }
  return rows;
}

/** A second reading of the rows: all steps of the few targets chosen, instead of those of every target. */
async function allSteps(
  dir: string,
  choices: readonly GalleryChoice[],
  check: Invariant,
): Promise<GalleryChoice[]> {
  const keyOf = ({ model, benchmark, protocol, sample, target }: GalleryChoice | Row) =>
    [model, benchmark, protocol, sample, target].join("\n");
  const complete = new Map(choices.map((choice) => [keyOf(choice), choice]));
  for await (const row of readRows(dir, check)) {
    const choice = complete.get(keyOf(row));
    if (choice !== undefined && row.status === "ok") complete.set(keyOf(row), withSteps(choice, row));
  }
  return [...complete.values()];
}

async function drawOne({ target, sent }: GalleryChoice, ref: SampleRef, rle: Rle) {
  const { image, targets } = await ref.load();
  const truth = targets.find(({ id }) => id === target);
  if (truth?.status !== "ok") return undefined;
  const prediction = maskOfRle(rle, `mask of target ${target}`);
  return overlayPicture({ image, truth: truth.mask, prediction, sent });
}
