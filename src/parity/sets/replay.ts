// The generator once more on recorded numbers, without a model: what would have been kept had one of them been the other side's.
import { fates, type GeneratorSettings, type MaskSet } from "../../core/mask-sets.ts";
import type { FilterInput, ParitySideName } from "../../core/parity-sets.ts";
import type { BitMask, Box, Candidate, Embedding, ImageSession, Size } from "../../core/types.ts";
import { generateMasks } from "../../eval/everything/generate.ts";
import { cropsOf } from "../../eval/everything/grid.ts";
import { Stopwatch } from "../../eval/stopwatch.ts";
import { createMask } from "../../masks/bit-mask.ts";

/** What was measured of every candidate, by its number. */
export interface Recorded {
  readonly areas: number[];
  /** In pixels of the image; undefined: it has no pixel. */
  readonly boxes: (Box | undefined)[];
  set?: MaskSet;
}

/** The side that each of the filters' inputs is taken from. */
type Sources = Readonly<Record<"predicted" | "stability" | "masks", ParitySideName>>;

const own: Sources = { predicted: "candidate", stability: "candidate", masks: "candidate" };
const exchanged: Readonly<Record<"none" | FilterInput, Sources>> = {
  none: own,
  predicted: { ...own, predicted: "reference" },
  stability: { ...own, stability: "reference" },
  masks: { ...own, masks: "reference" },
  outlines: { ...own, stability: "reference", masks: "reference" },
};

export interface ReplayRequest {
  readonly size: Size;
  readonly records: Readonly<Record<ParitySideName, Recorded & { readonly set: MaskSet }>>;
  readonly settings: Readonly<Record<ParitySideName, GeneratorSettings>>;
}

/** Candidates that one side keeps alone: as recorded, and with each input of the candidate's filters in turn taken from the reference. */
export async function apartWith(
  request: ReplayRequest,
): Promise<Readonly<Record<"all" | FilterInput, number>>> {
  const { settings } = request;
  const all: Sources = { predicted: "reference", stability: "reference", masks: "reference" };
  const reference = await keptWith(request, all, settings.reference);
  const apart = async (input: keyof typeof exchanged) => {
    const kept = await keptWith(request, exchanged[input], settings.candidate);
    return kept.reduce((sum, flag, i) => sum + Number(flag !== reference[i]), 0);
  };
  return {
    all: await apart("none"),
    predicted: await apart("predicted"),
    stability: await apart("stability"),
    masks: await apart("masks"),
    outlines: await apart("outlines"),
  };
}

/** Whether each candidate is kept. Masks are boxes here: small regions stay, and nothing is decoded once more. */
async function keptWith(
  { size, records }: ReplayRequest,
  sources: Sources,
  settings: GeneratorSettings,
): Promise<readonly boolean[]> {
  const played = { ...settings, smallRegions: 0, refine: false };
  const crops = cropsOf(size, played);
  const { set } = records.reference;
  const each = set.fates.length / set.points;
  const [predicted, stability, masks] = [
    records[sources.predicted].set.predictedIou,
    records[sources.stability].set.stability,
    records[sources.masks],
  ];
  let crop = -1;
  let next = 0;
  const blank = new Map<string, BitMask>();
  const candidateAt = (index: number): Candidate => ({
    predictedIou: predicted[index]!,
    lowResolution: { width: 1, height: 1, data: Float32Array.of(index) },
  });
  const indexOf = ({ lowResolution }: Candidate) => lowResolution.data[0]!;
  const session: ImageSession = {
    capabilities: {
      ...{ box: false, maskInput: false, multimask: each > 1, singleMask: false },
      ...{ batch: set.points, predictedIouIsIou: true },
    },
    facts: {},
    encode: async (image): Promise<Embedding> => {
      crop += 1;
      return { size: image };
    },
    decode: async (_, prompts) =>
      prompts.map(() => ({
        status: "ok",
        candidates: Array.from({ length: each }, () => candidateAt(next++)),
      })),
    measure(candidate) {
      const index = indexOf(candidate);
      const box = masks.boxes[index];
      const { x0, y0 } = crops[crop]!.box;
      return {
        ...{ area: masks.areas[index]!, inside: stability[index]!, outside: 1 },
        box: box && { x0: box.x0 - x0, y0: box.y0 - y0, x1: box.x1 - x0, y1: box.y1 - y0 },
      };
    },
    mask(_, { width, height }) {
      const key = `${width}x${height}`;
      const known = blank.get(key) ?? createMask(width, height);
      blank.set(key, known);
      return known;
    },
    release: async () => undefined,
    close: async () => undefined,
  };
  const image = { ...size, data: new Uint8Array() };
  const clicking = { session, watch: new Stopwatch(() => 0), batch: set.points };
  const { fates: found } = await generateMasks(image, played, clicking);
  const kept = fates.indexOf("kept");
  return Array.from(found, (fate) => fate === kept);
}
