// `masks`: all masks of anybody's pictures, or the answers to phrases that are asked of them. An image's picture and line are written whole before it counts; masks.json is made of the lines.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isDrawn } from "../../config/benchmarks/root.ts";
import { openPreparedAny } from "../../config/models/open.ts";
import { holdsInput, orPackaged, packageFolder } from "../../config/paths.ts";
import type { Overrides } from "../../config/request.ts";
import { bundledNote } from "../../config/runs/kinds.ts";
import { type MasksRequest, type PreparedMasks, prepareMasks } from "../../config/runs/masks.ts";
import { runDefaults } from "../../core/defaults.ts";
import { complain, type Note, SegbenchError } from "../../core/errors.ts";
import type { CandidateCounts } from "../../core/mask-set-facts.ts";
import { sum } from "../../core/numbers.ts";
import type { ConceptSample, RgbImage, Sample, Session } from "../../core/types.ts";
import { plural, safeName } from "../../core/words.ts";
import { nameOfPaths, PICTURE, surveyOf } from "../../datasets/recognise/index.ts";
import { withUniqueIds } from "../../datasets/shared/identity.ts";
import { byCodeUnit, fileFact, pathOf, stemOf, suffixOf, withoutSuffix } from "../../formats/files.ts";
import { type DoneImage, type MaskFolder, maskFolderFiles, openMaskFolder } from "../../store/mask-folder.ts";
import { maskedBy } from "../../store/mask-settings.ts";
import { type Context, lockOptions, shownPath, stepsOf } from "../context.ts";
import { expectedTime, workersFor } from "../units.ts";
import { type FailedImage, writeMasksDocument } from "./document.ts";
import { answerName, unasked } from "./make-answers.ts";
import { type ImageFile, makeAll, pictureName, readPicture } from "./make-masks.ts";

export interface MasksOptions extends MasksRequest, Pick<Overrides, "limit" | "out"> {
  /** Replace what the folder holds. */
  readonly fresh?: boolean | undefined;
}

export interface MasksMade extends CandidateCounts {
  /** Absolute. */
  readonly dir: string;
  readonly images: number;
  /** Images that are done, and those that were before. */
  readonly done: number;
  readonly before: number;
  /** Where phrases were asked: of each the images in which it is answered, and its masks. */
  readonly phrases?: readonly { readonly phrase: string; readonly images: number; readonly masks: number }[];
  readonly failed: readonly FailedImage[];
  readonly interrupted: boolean;
}

/** `paths`: pictures, folders of pictures, patterns. */
export async function masks(
  paths: readonly string[],
  { fresh = false, limit, out, ...request }: MasksOptions,
  context: Context,
): Promise<MasksMade> {
  const { cwd, env, signal, onEvent } = context;
  const step = stepsOf(context);
  const prepared = await prepareMasks(request, { cwd, env, onStep: step });
  const { protocol, generator, model, plan } = prepared;
  const whole = paths.map((path) => orPackaged(resolve(cwd, path), { cwd }));
  const phrases = "phrases" in generator ? generator.phrases : undefined;
  const what = phrases === undefined ? "masks" : "phrases";
  const dir = resolve(cwd, out ?? join(runDefaults.reports, nameOf(whole, model.name, what)));
  if (holdsInput(dir, whole.map(folderOf)))
    throw complain({ path: "out" }, "holds the pictures that are read", {
      expected: "a folder of its own",
      got: JSON.stringify(out),
    });
  const { images: all, notes } = await listImages(whole, dir, context);
  const images = all.slice(0, limit);
  const {
    models: [planned],
    ...running
  } = plan;
  const folder = await openMaskFolder(
    dir,
    { protocol, generator, model: maskedBy(planned!), ...running },
    { fresh, lock: lockOptions(context), shown: shownPath(dir, context) },
  );
  try {
    if (images.some(({ root, name }) => !isDrawn({ root: join(root, name) }, packageFolder)))
      notes.push(...bundledNote([{ ready: model }], prepared.task.kind));
    for (const text of notes) onEvent({ type: "note", text });
    const { left, changed } = await leftOf(images, folder);
    if (changed.length > 0) await forget(changed, folder);
    const before = images.length - left.length;
    const failed: FailedImage[] = [];
    if (before > 0)
      onEvent({ type: "continuing", dir, finished: before, inPart: 0, expected: images.length });
    if (left.length > 0) {
      step({ what: "models", name: model.name });
      const sessions = [await openPreparedAny(model, plan)];
      try {
        check(model.name, sessions[0]!, prepared, context);
        const workers = Math.min(workersFor(prepared), left.length);
        await sayTime(left, { prepared, session: sessions[0]!, workers }, context);
        while (sessions.length < workers) sessions.push(await openPreparedAny(model, plan));
        const making = { images, left, generator, sessions, name: model.name, folder };
        failed.push(...(await makeAll(making, context)));
      } finally {
        await Promise.all(sessions.map((session) => session.close()));
      }
    }
    const done = images.filter((image) => folder.done.has(image.id));
    const made = done.map(({ id }) => folder.done.get(id)!);
    for (const { id: image } of done)
      for (const reason of unasked(folder.done.get(image)!.answers)) failed.push({ image, reason });
    const interrupted = signal.aborted && done.length + failed.length < images.length;
    if (!interrupted) await writeMasksDocument(folder, done, failed);
    const others = folder.done.size - done.length;
    if (!interrupted && others > 0)
      onEvent({
        type: "note",
        text: `${shownPath(dir, context)} also holds ${plural(others, "image")} of other commands: ${maskFolderFiles.masks} leaves out what this one does not name`,
      });
    return {
      ...{ dir, images: images.length, done: done.length, before, failed, interrupted },
      ...countsOf(made),
      ...(phrases && { phrases: tellAnswers(phrases, made) }),
    };
  } finally {
    await folder.close();
  }
}

/** What takes less than this is not worth a sentence, unless it goes point by point. */
const SECONDS_WORTH_SAYING = 60;

/** Says what is left will take, from a few points that are clicked in the first image. */
async function sayTime(
  left: readonly ImageFile[],
  { prepared, session, workers }: { prepared: PreparedMasks; session: Session; workers: number },
  context: Context,
): Promise<void> {
  const { model, generator } = prepared;
  const { name } = model;
  const queries = "phrases" in generator ? generator.phrases : undefined;
  const jobs = left.map((image, index) => {
    const unit = { index, model: name, benchmark: "", sample: image.id };
    const load = async (): Promise<Sample> =>
      queries === undefined
        ? { kind: "image", image: await readPicture(image), targets: [] }
        : asked(queries, await readPicture(image));
    return { unit, ref: { id: image.id, cluster: image.id, load, ...(queries && { queries }) } };
  });
  const time = await expectedTime(prepared, jobs, { opened: new Map([[name, [session]]]), workers }, context);
  if (time === undefined || (time.seconds < SECONDS_WORTH_SAYING && session.capabilities.batch > 1)) return;
  context.onEvent({ type: "expected", ...time });
}

function asked(phrases: readonly string[], image: RgbImage): ConceptSample {
  const queries = phrases.map(
    (category) => ({ status: "ok", id: category, category, annotators: [] }) as const,
  );
  return { kind: "concept", size: image, image: async () => image, queries };
}

function tellAnswers(
  phrases: readonly string[],
  done: readonly DoneImage[],
): NonNullable<MasksMade["phrases"]> {
  return phrases.map((phrase, i) => {
    const counts = done.map(({ answers }) => answers?.[i]?.masks ?? 0);
    return { phrase, images: counts.filter((count) => count > 0).length, masks: sum(counts) };
  });
}

function countsOf(
  done: readonly DoneImage[],
): Pick<MasksMade, "masks" | "points" | "candidates" | "removed"> {
  const removed: Record<string, number> = {};
  for (const image of done)
    for (const [fate, count] of Object.entries(image.removed ?? {}))
      removed[fate] = (removed[fate] ?? 0) + count;
  const all = (of: "masks" | "points" | "candidates") => sum(done.map((image) => image[of] ?? 0));
  return { masks: all("masks"), points: all("points"), candidates: all("candidates"), removed };
}

/** Of a picture or a pattern the folder that it is in; a folder itself. */
function folderOf(path: string): string {
  return PICTURE.test(suffixOf(path)) || path.includes("*") ? dirname(path) : path;
}

/** "photos-my-export-masks", "a-and-1-more-my-export-masks". */
function nameOf([first = "", ...more]: readonly string[], model: string, what: string): string {
  const named = nameOfPaths({ others: [PICTURE.test(suffixOf(first)) ? withoutSuffix(first) : first] });
  return safeName(`${named}${more.length > 0 ? `-and-${more.length}-more` : ""}-${model}-${what}`);
}

/** Pictures by id, as `run` names them. */
async function listImages(
  paths: readonly string[],
  dir: string,
  { cwd }: Pick<Context, "cwd">,
): Promise<{ readonly images: readonly ImageFile[]; readonly notes: string[] }> {
  const { root, pictures } = await surveyOf({ others: paths });
  // What this verb wrote is none of them, where it wrote before.
  const written = existsSync(join(dir, maskFolderFiles.settings));
  const own = (name: string) => {
    const below = relative(join(dir, maskFolderFiles.pictures), join(root, name));
    return written && below.split(sep)[0] !== ".." && !isAbsolute(below);
  };
  const entries = pictures
    .filter((name) => !own(name))
    .map((name) => ({ id: stemOf(name), file: name, load: () => Promise.reject(new Error(name)) }));
  if (entries.length === 0)
    throw complain(paths.map((path) => shownPath(path, { cwd })).join(", "), "holds no picture", {
      code: "no-samples",
      expected: "JPEG, PNG, TIFF, WebP, BMP or GIF files",
    });
  const noted = new Map<string, string[]>();
  const note = ({ what, where }: Note) => noted.set(what, [...(noted.get(what) ?? []), where]);
  const named = withUniqueIds(entries, { card: "masks", note });
  const notes = [...noted].map(
    ([what, ids]) => `${ids[0]}: ${what}${ids.length > 1 ? `; so of ${ids.length - 1} more` : ""}`,
  );
  const images = named.map(({ id, file = id }) => ({ id, root, name: file }));
  return { images: images.sort((a, b) => byCodeUnit(a.id, b.id)), notes };
}

/** Those that are not done, and among them those that were, and changed since. */
async function leftOf(images: readonly ImageFile[], { done }: MaskFolder) {
  const [left, changed]: [ImageFile[], string[]] = [[], []];
  for (const image of images) {
    const known = done.get(image.id);
    const now = known && (await fileFact(pathOf(image)).catch(() => undefined));
    if (known !== undefined && now?.sha256 === known.sha256) continue;
    left.push(image);
    if (known !== undefined) changed.push(image.id);
  }
  return { left, changed };
}

/** What there is of images that are no more what they were: it must not pass for theirs where they fail now. */
async function forget(images: readonly string[], folder: MaskFolder): Promise<void> {
  const pictures = join(folder.dir, maskFolderFiles.pictures);
  const ends = (image: string) =>
    folder.done.get(image)?.answers?.map(({ phrase }, i) => answerName(image, i, phrase)) ?? [image];
  for (const name of images.flatMap(ends)) await rm(join(pictures, pictureName(name)), { force: true });
  await folder.forget(images);
}

/** What a model cannot do is refused, and what it does otherwise is said, before the first image. */
function check(
  name: string,
  session: Session,
  { task, protocols, generator }: PreparedMasks,
  { onEvent }: Pick<Context, "onEvent">,
): void {
  const refused = protocols.flatMap((protocol) => task.refuses(name, session, protocol));
  if (refused.length > 0)
    throw new SegbenchError(refused.map((what) => ({ code: "model", where: "", what })));
  if ("phrases" in generator || session.capabilities.multimask) return;
  const hidden = "segbench inspect DECODER --all-masks OUT brings back those that an export hides";
  onEvent({ type: "note", text: `${name}: one mask a click in place of three (${hidden})` });
}
