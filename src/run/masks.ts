// `masks`: all masks of anybody's pictures. An image's picture and line are written whole before it counts; masks.json is made of the lines.
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { generatorOf, usualGenerator } from "../config/generator-settings.ts";
import { packageFolder, registries } from "../config/index.ts";
import { openPrepared } from "../config/open-model.ts";
import { prepareLoneModel } from "../config/prepare-models.ts";
import type { Overrides } from "../config/request.ts";
import { runDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";
import type { GeneratorSettings } from "../core/mask-sets.ts";
import type { ImageSession } from "../core/types.ts";
import { safeName } from "../core/words.ts";
import { nameOfPaths, surveyOf } from "../datasets/recognise/index.ts";
import { withUniqueIds } from "../datasets/shared/identity.ts";
import { byCodeUnit, fileFact, pathOf, stemOf } from "../formats/files.ts";
import { type DoneImage, type MaskFolder, openMaskFolder } from "../store/mask-folder.ts";
import { type Context, lockOptions, shownPath, stepsOf } from "./context.ts";
import { type ImageFile, makeAll } from "./make-masks.ts";
import { type FailedImage, writeMasksDocument } from "./masks-document.ts";
import { workersFor } from "./units.ts";

export interface MasksOptions
  extends Pick<
    Overrides,
    "batch" | "threads" | "workers" | "provider" | "optimisation" | "allowCpuFallback" | "limit" | "out"
  > {
  /** As `run` takes one: a folder, ENCODER,DECODER, a card or a name. */
  readonly model: string;
  /** Whose settings; default: everything@1, of SAM 2 everything-sam2@1. */
  readonly protocol?: string | undefined;
  /** Settings that differ from the protocol's. */
  readonly set?: Readonly<Record<string, unknown>> | undefined;
  /** Replace what the folder holds. */
  readonly fresh?: boolean | undefined;
}

export interface MasksMade {
  /** Absolute. */
  readonly dir: string;
  readonly images: number;
  /** Images that are done, and those that were before. */
  readonly done: number;
  readonly before: number;
  /** Of all that are done: masks, candidates, and what became of those that are no masks. */
  readonly masks: number;
  readonly candidates: number;
  readonly removed: Readonly<Record<string, number>>;
  readonly failed: readonly FailedImage[];
  readonly interrupted: boolean;
}

/** `paths`: pictures, folders of pictures, patterns. */
export async function masks(
  paths: readonly string[],
  { model, protocol, set = {}, fresh = false, limit, out, ...running }: MasksOptions,
  context: Context,
): Promise<MasksMade> {
  const { cwd, env, signal, onEvent } = context;
  const home = packageFolder;
  const step = stepsOf(context);
  const lone = await prepareLoneModel(model, running, { cwd, env, home, registries, onStep: step });
  const { card, name } = lone.ready;
  const id = protocol ?? usualGenerator(card.family);
  const settings = generatorOf(id, set);
  const whole = paths.map((path) => resolve(cwd, path));
  const dir = resolve(cwd, out ?? join(runDefaults.reports, nameOf(whole, name)));
  const images = (await listImages(whole, dir, context)).slice(0, limit);
  const { models: _, ...plan } = lone.plan;
  const { files } = lone.planned;
  const identity = { protocol: id, settings, model: { name, card: lone.planned.card, files }, ...plan };
  const folder = await openMaskFolder(dir, identity, {
    ...{ fresh, lock: lockOptions(context), shown: shownPath(dir, context) },
  });
  try {
    const left = await leftOf(images, folder);
    const before = images.length - left.length;
    const failed: FailedImage[] = [];
    if (before > 0)
      onEvent({ type: "continuing", dir, finished: before, inPart: 0, expected: images.length });
    if (left.length > 0) {
      step({ what: "models", name });
      const sessions = [await openPrepared(lone.ready, lone.plan)];
      try {
        check(name, sessions[0]!, settings, context);
        const workers = Math.min(workersFor({ workers: lone.workers, plan: lone.plan }), left.length);
        while (sessions.length < workers) sessions.push(await openPrepared(lone.ready, lone.plan));
        failed.push(...(await makeAll({ images, left, settings, sessions, name, folder }, context)));
      } finally {
        await Promise.all(sessions.map((session) => session.close()));
      }
    }
    const done = images.filter((image) => folder.done.has(image.id));
    const interrupted = signal.aborted && done.length + failed.length < images.length;
    if (!interrupted)
      await writeMasksDocument(
        folder,
        done.map((image) => image.id),
        failed,
      );
    return {
      ...{ dir, images: images.length, done: done.length, before, failed, interrupted },
      ...countsOf(done.map(({ id }) => folder.done.get(id)!)),
    };
  } finally {
    await folder.close();
  }
}

function countsOf(done: readonly DoneImage[]): Pick<MasksMade, "masks" | "candidates" | "removed"> {
  const removed: Record<string, number> = {};
  for (const image of done)
    for (const [fate, count] of Object.entries(image.removed)) removed[fate] = (removed[fate] ?? 0) + count;
  const sum = (of: "masks" | "candidates") => done.reduce((total, image) => total + image[of], 0);
  return { masks: sum("masks"), candidates: sum("candidates"), removed };
}

/** "photos-my-export-masks". */
function nameOf(paths: readonly string[], model: string): string {
  return safeName(`${nameOfPaths({ others: paths })}-${model}-masks`);
}

/** Pictures by id, as `run` names them; what this verb wrote is none of them. */
async function listImages(
  paths: readonly string[],
  dir: string,
  { onEvent }: Pick<Context, "onEvent">,
): Promise<readonly ImageFile[]> {
  const { root, pictures } = await surveyOf({ others: paths });
  const own = (name: string) => {
    const below = relative(dir, join(root, name));
    return below.split(sep)[0] !== ".." && !isAbsolute(below);
  };
  const entries = pictures
    .filter((name) => !own(name))
    .map((name) => ({ id: stemOf(name), file: name, load: () => Promise.reject(new Error(name)) }));
  if (entries.length === 0)
    throw complain({
      ...{ code: "no-samples", where: paths.join(", "), what: "holds no picture" },
      expected: "JPEG, PNG, TIFF, WebP, BMP or GIF files",
    });
  const noted = new Map<string, number>();
  const note = ({ what }: { readonly what: string }) => noted.set(what, (noted.get(what) ?? 0) + 1);
  const named = withUniqueIds(entries, { card: "masks", note });
  for (const [what, count] of noted) onEvent({ type: "note", text: `${what}: ${count} of ${named.length}` });
  return named.map(({ id, file = id }) => ({ id, root, name: file })).sort((a, b) => byCodeUnit(a.id, b.id));
}

/** Those that are not done, or changed since. */
async function leftOf(images: readonly ImageFile[], { done }: MaskFolder): Promise<readonly ImageFile[]> {
  const left: ImageFile[] = [];
  for (const image of images) {
    const known = done.get(image.id);
    const now = known && (await fileFact(pathOf(image)).catch(() => undefined));
    if (known === undefined || now?.sha256 !== known.sha256) left.push(image);
  }
  return left;
}

/** What a model cannot do is refused, and what it does otherwise is said, before the first image. */
function check(
  name: string,
  { capabilities }: ImageSession,
  { refine }: GeneratorSettings,
  { onEvent }: Pick<Context, "onEvent">,
): void {
  if (refine && !(capabilities.maskInput && capabilities.singleMask))
    throw complain({
      ...{ code: "model", where: name, what: "does not answer a mask with a single one, which refine needs" },
      expected: "`set` refine=false",
    });
  if (capabilities.multimask) return;
  const hidden = "segbench inspect DECODER --all-masks OUT brings back those that an export hides";
  onEvent({ type: "note", text: `${name}: one mask a click in place of three (${hidden})` });
}
