// What a server plays with: models in threads of their own, samples of runs and of benchmarks here, and pictures in memory.
import { createHash } from "node:crypto";
import { given } from "../core/given.ts";
import {
  type Context,
  complain,
  type ImageSample,
  openPlay,
  openPlayData,
  type Plan,
  type PlayedAgain,
  type PlayTarget,
  type Plugins,
  pictureLimits,
  playableOf,
  type RgbImage,
  type Row,
  readPicture,
  type TargetEntry,
} from "../index.ts";
import { rleOf } from "../masks/rle.ts";
import type { Folders } from "./folders.ts";
import type { Asked, AskedPhrase, Playing, Subject, SubjectName } from "./play.ts";
import type { StepPlace } from "./replay.ts";
import type { openRuns } from "./runs.ts";
import { type FoundSample, pictureOf } from "./samples.ts";

/** Pictures that are kept, bytes of all but the last of them together, and for how long after they were used. */
const PICTURES = 4;
const PICTURE_BYTES = 160e6;
const KEPT_MS = 20 * 60_000;
/** How long models stay open that nobody asks for. */
const IDLE_MS = 10 * 60_000;
/** Names of samples that are told at once. */
const NAMES = 200;

export interface PlayingOptions {
  readonly data?: string | undefined;
  readonly plugins?: Plugins | undefined;
  /** Models without a card. */
  readonly models?: readonly string[] | undefined;
}

/** How long rows wait for their index, in milliseconds. */
const PATIENCE = 20_000;

/** A row of the runs that are shown, with its run's plan and its sample. */
interface FoundRow {
  readonly row: Row;
  readonly plan: Plan;
  readonly found: FoundSample;
}

/** Names of runs are those of the list, rows are numbers. */
function rowFinder(folders: Folders, runs: ReturnType<typeof openRuns>) {
  const dirOf = async (run: string) => {
    const dir = await folders.find(run);
    if (dir !== undefined) return dir;
    throw complain(`run ${JSON.stringify(run)}`, "is not here", { code: "not-found" });
  };
  const around = async (run: string, row: Row): Promise<FoundRow> => {
    const dir = await dirOf(run);
    return { row, plan: await runs.plan(dir), found: await runs.sample(dir, row) };
  };
  return {
    around,
    async row(run: string, text: string): Promise<FoundRow> {
      const state = await runs.state(await dirOf(run), PATIENCE);
      const where = `run ${JSON.stringify(run)}`;
      if (state.state !== "ready")
        throw complain(where, state.state === "failed" ? state.problem : "is still being indexed");
      const place = Number(text);
      if (!/^\d+$/.test(text) || place >= state.run.index.rows)
        throw complain(where, "has no such row", { code: "not-found", got: JSON.stringify(text) });
      return around(run, (await state.run.target(place)).row);
    },
  };
}

/** A subject as it was found. */
interface Found {
  /** Names its pixels. */
  readonly key: string;
  readonly sample: ImageSample;
  readonly phrases?: readonly string[];
  readonly title: string;
  readonly benchmark?: string;
  readonly id?: string;
  readonly surfaceTolerance?: number | undefined;
  readonly row?: Row;
  readonly plan?: Plan;
  readonly notes: readonly string[];
}

/** Nothing is opened before it is asked for; `close` ends what was. */
export function openPlaying(
  options: PlayingOptions,
  folders: Folders,
  runs: ReturnType<typeof openRuns>,
  context: Context,
) {
  const finder = rowFinder(folders, runs);
  const { data, plugins, models } = options;
  const play = openPlay({ plugins, models }, context);
  const own = openPlayData(data, context);
  const pictures = new Map<
    string,
    { readonly image: RgbImage; readonly notes: readonly string[]; used: number }
  >();
  const sweep = () => {
    const now = context.clock();
    let bytes = 0;
    for (const [i, [name, { image, used }]] of [...pictures].reverse().entries()) {
      bytes += i === 0 ? 0 : image.data.length;
      if (now - used > KEPT_MS || i >= PICTURES || bytes > PICTURE_BYTES) pictures.delete(name);
    }
    void play.closeIdle(IDLE_MS);
  };
  const sweeping = setInterval(sweep, 60_000).unref();

  const ofRow = async (run: string, name: string): Promise<Found> => {
    const { row, plan, found } = await finder.row(run, name);
    const where = `row ${name} of ${run}`;
    if ("missing" in found) throw complain(where, found.missing, { code: "not-found" });
    const playable = await playableOf(found.sample, where);
    const planned = plan.benchmarks.find((one) => one.name === row.benchmark)!;
    const { surfaceTolerance } = planned.card;
    return {
      ...{ ...playable, key: keyOf(planned, row), row, plan, surfaceTolerance, notes: [] },
      ...{ title: `${row.benchmark}, ${row.sample}`, benchmark: row.benchmark, id: row.sample },
    };
  };
  const find = async ({ run, row, benchmark, sample: id, picture }: SubjectName): Promise<Found> => {
    if (run !== undefined && row !== undefined) return ofRow(run, row);
    if (benchmark !== undefined && id !== undefined) {
      return { ...(await own.sample(benchmark, id)), title: `${benchmark}, ${id}`, benchmark, id, notes: [] };
    }
    const kept = pictures.get(picture ?? "");
    if (picture === undefined || kept === undefined)
      throw complain("picture", "is not in memory any more", {
        code: "not-found",
        expected: `a picture that was given in the last ${KEPT_MS / 60_000} minutes, of the last ${PICTURES}`,
      });
    kept.used = context.clock();
    pictures.delete(picture);
    pictures.set(picture, kept);
    const { image, notes } = kept;
    return { key: picture, sample: { kind: "image", image, targets: [] }, title: "Own picture", notes };
  };

  const playing: Playing = {
    limits: pictureLimits,
    async ground() {
      const [found, benchmarks] = await Promise.all([play.models(), own.benchmarks()]);
      const lists = { protocols: play.protocols(), metrics: play.metrics() };
      return { ...found, ...lists, benchmarks, ...(data === undefined ? {} : { data }) };
    },
    abilities: play.abilities,
    samples: (benchmark, words) => own.samples(benchmark, words, NAMES),
    async subject(name): Promise<Subject> {
      const { sample, title, benchmark, id, row, notes, phrases } = await find(name);
      const { width, height } = sample.image;
      return {
        ...{ title, notes, size: { width, height }, targets: sample.targets.map(targetOf) },
        ...given({ benchmark, sample: id, row, phrases }),
      };
    },
    async truth(name, id) {
      const { sample } = await find(name);
      const target = sample.targets.find((one) => one.id === id);
      if (target?.status !== "ok") throw complain(`target ${id}`, "cannot be scored", { code: "not-found" });
      const { mask, ignore } = target;
      return { truth: rleOf(mask), ...(ignore === undefined ? {} : { ignored: rleOf(ignore) }) };
    },
    async picture(name) {
      const { sample } = await find(name);
      return (await pictureOf({ sample }, ""))!;
    },
    async answer({ subject, model, target, protocol, steps }: Asked, signal) {
      const found = await find(subject);
      const { key, sample, plan } = found;
      const image = { key, load: async () => sample };
      const about = target === undefined ? undefined : targetIn(found, target, protocol);
      return play.answer({ model, image, target: about, plan: planFor(model, plan), steps }, signal);
    },
    async find({ subject, model, phrase, exemplars }: AskedPhrase, signal) {
      const { key, sample, plan } = await find(subject);
      const boxes = exemplars.map(({ box: [x0, y0, x1, y1], positive }) => ({
        ...{ box: { x0, y0, x1, y1 }, positive },
      }));
      const prompt = { ...(phrase !== undefined && { phrase }), exemplars: boxes };
      const image = { key, load: async () => sample };
      return play.find({ model, image, plan: planFor(model, plan), prompt }, signal);
    },
    async take(bytes, name) {
      const { image, notes } = await readPicture(bytes, name);
      const picture = createHash("sha256").update(bytes).digest("hex");
      pictures.set(picture, { image, notes, used: context.clock() });
      sweep();
      return { picture, notes };
    },
    forget: (picture) => void pictures.delete(picture),
  };
  return {
    playing,
    /** All candidates of a step of a row. */
    async replay({ run, row, step, frame }: StepPlace, signal: AbortSignal): Promise<PlayedAgain> {
      if (frame !== "")
        return {
          missing:
            "Masks of a clip are not made again here, since a frame hangs on all before it: a run keeps them with saveMasks.",
        };
      const { plan, found } = await finder.around(run, row);
      if ("missing" in found) return found;
      const { sample } = found;
      if (row.status !== "ok" || sample.kind !== "image")
        return { missing: "There is no step to play again." };
      const planned = plan.benchmarks.find((one) => one.name === row.benchmark)!;
      return play.again({ plan, row, step, sample, key: keyOf(planned, row) }, signal);
    },
    async close() {
      clearInterval(sweeping);
      pictures.clear();
      await play.close();
    },
  };
}

/** The plan of a run that has the model. */
function planFor(model: string, plan: Plan | undefined): Plan | undefined {
  return plan?.models.some(({ name }) => name === model) === true ? plan : undefined;
}

function keyOf({ cardHash }: Plan["benchmarks"][number], { sample }: Row): string {
  return JSON.stringify(["planned", cardHash, sample]);
}

function targetIn(found: Found, target: string, protocol: string | undefined): PlayTarget {
  const { benchmark = "", id = "", surfaceTolerance } = found;
  if (protocol === undefined) throw complain("protocol", "is not named");
  const scoring = surfaceTolerance === undefined ? {} : { surfaceTolerance };
  return { benchmark, sample: id, target, protocol, scoring };
}

function targetOf(target: TargetEntry): Subject["targets"][number] {
  const { id, category } = target;
  const reason = target.status === "ok" ? undefined : `${target.status}: ${target.reason}`;
  return given({ id, category, reason });
}
