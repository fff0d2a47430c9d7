// What there is to play with: the benchmarks of images whose data are here, their samples, and pictures of whoever plays.
import { registries } from "../../config/index.ts";
import { samplesFolder } from "../../config/paths.ts";
import { datasetCardDefaults } from "../../core/defaults.ts";
import { complain, type Note } from "../../core/errors.ts";
import { given } from "../../core/given.ts";
import { held } from "../../core/held.ts";
import { type Kind, kindOf } from "../../core/plan.ts";
import type { DatasetCard } from "../../core/schema-types.ts";
import type { ImageSample, RgbImage, Sample, SampleRef } from "../../core/types.ts";
import { bytesText } from "../../core/words.ts";
import { readImage, statedSize } from "../../formats/image-file.ts";
import { listBenchmarks } from "../data/list.ts";
import type { Around } from "../data-folder.ts";

export interface PlayableBenchmark {
  readonly name: string;
  readonly title: string;
  /** The drawn miniatures of the package. */
  readonly drawn: boolean;
  /** Of phrases; those of images alone come first. */
  readonly kind: Exclude<Kind, "clip">;
}

/** A sample with what its benchmark says about scoring. */
export interface PlayableSample {
  readonly sample: ImageSample;
  readonly surfaceTolerance?: number;
  /** Names its pixels. */
  readonly key: string;
  /** Of a benchmark of phrases: those that are asked of the image. */
  readonly phrases?: readonly string[];
}

interface Found extends PlayableBenchmark {
  readonly card: DatasetCard;
  readonly root: string;
}

/** Samples that are kept: every prompt about one asks for it. */
const SAMPLES = 3;

/** `where`: the folder of data; absent: where runs look, and the miniatures of what is not there. */
export function openPlayData(where: string | undefined, around: Around) {
  let listed: Promise<ReadonlyMap<string, Found>> | undefined;
  const lists = new Map<string, Promise<ReadonlyMap<string, SampleRef<Sample>>>>();
  const look = async () => {
    const miniatures = samplesFolder();
    const all = new Map<string, Found>();
    for (const folder of where === undefined ? [undefined, miniatures] : [where]) {
      const { benchmarks } = await listBenchmarks(folder, around);
      for (const one of benchmarks) {
        if ("problems" in one || !one.present || all.has(one.name)) continue;
        const { name, card, root } = one;
        const kind = kindOf(card);
        if (kind === "clip") continue;
        all.set(name, { name, title: card.title ?? name, drawn: folder === miniatures, kind, card, root });
      }
    }
    return all;
  };
  const find = async (name: string): Promise<Found> => {
    listed ??= look();
    const found = (await listed).get(name);
    if (found !== undefined) return found;
    throw complain(`benchmark ${name}`, "has no images here", { code: "not-found" });
  };
  const samplesOf = (name: string) => {
    const known = lists.get(name);
    if (known !== undefined) return known;
    const list = find(name).then(async ({ card, root }) => {
      const refs = await registries.openSamples(await registries.fullDatasetCard(card), root).list();
      return new Map(refs.map((ref) => [ref.id, ref] as const));
    });
    list.catch(() => lists.delete(name));
    lists.set(name, list);
    return list;
  };
  const samples = held(SAMPLES, async (name: string): Promise<PlayableSample> => {
    const [benchmark, id] = JSON.parse(name) as [string, string];
    const { card } = await find(benchmark);
    const ref = (await samplesOf(benchmark)).get(id);
    if (ref === undefined)
      throw complain(`benchmark ${benchmark}`, "has no such image", {
        code: "not-found",
        got: JSON.stringify(id),
      });
    const { surfaceTolerance } = card;
    const key = JSON.stringify(["benchmark", benchmark, id]);
    const playable = await playableOf(await ref.load(), `sample ${id} of ${benchmark}`);
    return { ...playable, key, ...given({ surfaceTolerance }) };
  });
  return {
    /** Looks at the disk. */
    async benchmarks(): Promise<readonly PlayableBenchmark[]> {
      listed = look();
      const all = [...(await listed).values()].map(({ name, title, drawn, kind }) => ({
        ...{ name, title },
        drawn,
        kind,
      }));
      return [...all.filter(({ kind }) => kind === "image"), ...all.filter(({ kind }) => kind !== "image")];
    },
    /** Names of samples that hold these letters, at most so many of them, and how many there are. */
    async samples(benchmark: string, text: string, most: number) {
      const letters = text.toLowerCase();
      const names = [...(await samplesOf(benchmark)).keys()].filter((id) =>
        id.toLowerCase().includes(letters),
      );
      return { total: names.length, names: names.slice(0, most) };
    },
    sample: (benchmark: string, id: string): Promise<PlayableSample> =>
      samples(JSON.stringify([benchmark, id])),
  };
}

/** What can be played with of a sample: of one with phrases the image alone, since there is no target to click on. */
export async function playableOf(
  sample: Sample,
  where: string,
): Promise<Pick<PlayableSample, "sample" | "phrases">> {
  if (sample.kind === "image") return { sample };
  if (sample.kind === "clip")
    throw complain(where, "is of a clip", { expected: "an image: the playground has one picture at a time" });
  const phrases = sample.queries.flatMap((query) => (query.status === "ok" ? [query.category] : []));
  return { sample: { kind: "image", image: await sample.image(), targets: [] }, phrases };
}

/** Bytes of a file and pixels of a picture that may be played with. */
export const pictureLimits = { bytes: 64 * 2 ** 20, pixels: 5e7 } as const;

/** A picture as models see it, as pictures of benchmarks are read, turned as viewers show it; and what was done to it, a sentence each. */
export async function readPicture(
  bytes: Uint8Array,
  name: string,
): Promise<{ readonly image: RgbImage; readonly notes: readonly string[] }> {
  if (bytes.length > pictureLimits.bytes)
    throw complain(name, "is too large a file to be played with", {
      expected: `at most ${bytesText(pictureLimits.bytes)}`,
      got: bytesText(bytes.length),
    });
  const notes: string[] = [];
  const note = ({ what }: Note) => void notes.push(what);
  const file = { root: "", name, bytes: Buffer.from(bytes) };
  const { exif, range } = datasetCardDefaults.pixels;
  const source = { pixels: { exif, range: [range[0], range[1]] as [number, number] }, note };
  const { width, height } = await statedSize(file, { ...source, note: () => undefined });
  if (width * height > pictureLimits.pixels)
    throw complain(name, "is too large a picture to be played with", {
      expected: `at most ${pictureLimits.pixels / 1e6} megapixels`,
      got: `${width}x${height}`,
    });
  return { image: await readImage(file, source, undefined, "turn"), notes };
}
