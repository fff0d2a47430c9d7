// The gallery of a report: targets of images, each with the masks of its steps.
import { galleryDefaults } from "../../core/defaults.ts";
import type { Invariant } from "../../core/measure.ts";
import type { Rle, Row } from "../../core/rows.ts";
import type { ImageSample } from "../../core/types.ts";
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
import { findMasks, maskKey, readRows } from "../../store/read-run.ts";
import {
  type DrawableRun,
  drawnFolder,
  readDrawn,
  rowName,
  rowsNamed,
  type StoredPicture,
  samplesOf,
} from "./drawn.ts";
import { drawQueries } from "./query-pictures.ts";
import { drawSets } from "./sets.ts";
import { drawStrips } from "./tracks.ts";

const INDEX = "index.json";
/** Shown after three clicks where a protocol has them: late enough to show refinement, early enough to show failures. */
const CLICKS_SHOWN = 3;

interface Drawn extends StoredPicture {
  readonly choice: GalleryChoice;
}

/** What of a run a gallery needs. */
export interface Drawable extends DrawableRun {
  /** Clicks of the steps present, where not all are that the protocol reports. */
  readonly clicks?: readonly number[];
}

/** Draws the targets that the report will show into the run folder, while the images are there to read; `check` is of its rows. */
export async function drawGallery(run: Drawable, check: Invariant): Promise<void> {
  const { out, plan } = run;
  for (const draw of [drawStrips, drawSets, drawQueries]) if (await draw(run, check)) return;
  const shown = shownStep(run);
  if (shown === undefined || !plan.masks) return;
  const chosen = chooseGallery(await slimRows(out, shown, check), { ...galleryDefaults, ...shown });
  // All steps of the few targets chosen, instead of those of every target.
  const rows = await rowsNamed(out, chosen, check);
  const byName = new Map(chosen.map((choice) => [rowName(choice), choice]));
  const choices = [...byName].map(([name, choice]) =>
    rows.has(name) ? withSteps(choice, rows.get(name)!) : choice,
  );
  const found = await findMasks(out, choices);
  const sampleOf = samplesOf(run);
  const folder = await drawnFolder(out);
  const index: Drawn[] = [];
  for (const choice of choices) {
    const mask = found.get(maskKey(choice));
    const sample = mask && (await sampleOf(choice));
    const picture = sample?.kind === "image" ? await drawOne(choice, sample, mask!.rle) : undefined;
    if (picture !== undefined)
      index.push({ choice, ...(await folder.picture(String(index.length).padStart(3, "0"), picture)) });
  }
  await folder.index(INDEX, index);
}

/** The pictures drawn for a run folder; none where there are none. */
export function readGallery(dir: string): Promise<GalleryItem[]> {
  return readDrawn(dir, INDEX, "pictures", async ({ choice, ...stored }: Drawn, picture) =>
    galleryItem(choice, await picture(stored)),
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

async function drawOne({ target, sent }: GalleryChoice, { image, targets }: ImageSample, rle: Rle) {
  const truth = targets.find(({ id }) => id === target);
  if (truth?.status !== "ok") return undefined;
  const prediction = maskOfRle(rle, `mask of target ${target}`);
  return overlayPicture({ image, truth: truth.mask, prediction, sent });
}
