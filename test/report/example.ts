// A made-up run that has everything a report must show: failures, dropped targets, an empty cell, long and foreign names.

import { type MeasureNote, noteOf, type Reliability } from "../../src/core/measure.ts";
import type { Manifest, Plan } from "../../src/core/plan.ts";
import { draw } from "../../src/core/random.ts";
import type { Cell, Estimate, SizeBucket, Suite, SuiteEstimate, Summary } from "../../src/core/results.ts";
import {
  clickMeasures,
  drawMeasures,
  type MeasuredMetric,
  nocMeasures,
} from "../../src/eval/interactive/measures.ts";
import { metrics } from "../../src/metrics/index.ts";
import type { GalleryItem, ReportInput } from "../../src/report/index.ts";
import { examplePublished } from "./published.ts";

/** As the metrics of a run come to protocols: IoU is always the first. */
const iou: MeasuredMetric = {
  ...{ name: "iou", title: "IoU", unit: "share", better: "higher" },
  meaning:
    "Pixels that prediction and ground truth share, divided by the pixels that either has, at the image's original resolution; pixels to be ignored are left out.",
};

interface Shape {
  readonly models: readonly { readonly name: string; readonly title: string; readonly skill: number }[];
  readonly benchmarks: readonly { readonly name: string; readonly title: string; readonly ease: number }[];
}

export const exampleShape: Shape = {
  models: [
    { name: "sam-vit-b", title: "SAM ViT-B", skill: 0 },
    { name: "mobile-sam", title: "MobileSAM <int8> & co", skill: -0.06 },
  ],
  benchmarks: [
    { name: "bbbc038v1", title: "BBBC038v1 nuclei", ease: 0.8 },
    { name: "trashcan", title: "TrashCan 1.0", ease: 0.52 },
    { name: "ppdls", title: "Plant Phenotyping (Ara2013-Canon)", ease: 0.7 },
    { name: "ade20k", title: "ADE20K", ease: 0.6 },
    {
      name: "very-long-benchmark-name-with-many-parts",
      title: '<b>Très</b> long: 日本語のデータ | "x"',
      ease: 0.33,
    },
    { name: "empty", title: "Nothing scored", ease: 0 },
  ],
};

const reported = {
  "sam1-d1@1": [1, 2, 3, 5, 9],
  "box@1": [0],
  "box-jitter@1": [0],
  "ritm-noc@1": [1, 2, 3, 5, 10, 20],
} as const;
type ProtocolId = keyof typeof reported;

/** What the protocols measure, with further metrics if there are any. */
function notesOf(protocol: ProtocolId, further: readonly MeasuredMetric[]): MeasureNote[] {
  const clicked = protocol === "sam1-d1@1";
  const also =
    protocol === "ritm-noc@1" ? nocMeasures() : protocol === "box-jitter@1" ? drawMeasures("box") : [];
  return clickMeasures({
    ...{ metrics: [iou, metrics.dice!, metrics.boundary!, ...further], reported: reported[protocol] },
    ...{ opening: "box", calibrated: clicked, also },
  }).map(noteOf);
}

const summaries: Readonly<Record<ProtocolId, string>> = {
  "sam1-d1@1": "nine rounds of simulated clicks, logits fed back",
  "box@1": "one tight box",
  "box-jitter@1": "ten boxes with Gaussian noise, sd 10 % of the side, at most 20 px",
  "ritm-noc@1": "up to 20 clicks until IoU 0.95",
};

function estimate(value: number, n: number, spread = 0.02): Estimate {
  const bounded = Math.min(0.99, Math.max(0.02, value));
  if (n < 2) return { value: bounded, n, clusters: n };
  return {
    value: bounded,
    low: Math.max(0, bounded - spread),
    high: Math.min(1, bounded + 0.9 * spread),
    n,
    clusters: Math.ceil(n / 7),
  };
}

function quality(ease: number, clicks: number): number {
  return clicks === 0 ? ease + 0.14 : ease + (0.93 - ease) * (1 - Math.exp(-(clicks - 1) / 3));
}

function cellOf(
  shape: Shape,
  m: number,
  b: number,
  protocol: ProtocolId,
  further: readonly MeasuredMetric[],
): Cell {
  const [model, benchmark] = [shape.models[m]!, shape.benchmarks[b]!];
  const u = (name: string) => draw("example", model.name, benchmark.name, protocol, name);
  const empty = benchmark.ease === 0;
  const scored = empty ? 0 : Math.round(30 + 4000 * u("n") ** 3);
  const failed = empty ? 4 : u("failed") > 0.7 ? 3 : 0;
  const dropped: Record<string, number> = u("dropped") > 0.5 ? { empty: 2, crowd: 11 } : {};
  const ease = benchmark.ease + model.skill + 0.04 * (u("ease") - 0.5);
  const base = {
    model: model.name,
    benchmark: benchmark.name,
    protocol,
    counts: {
      images: Math.ceil((scored + failed) / 7),
      targets: scored + failed + (dropped.empty ?? 0) + (dropped.crowd ?? 0),
      scored,
      dropped,
      failed,
      failures: failed === 0 ? {} : { "a/b.png: predicted IoU is not finite <nan>": failed },
    },
  };
  if (empty) return { ...base, measures: {}, bySize: [], byQuartile: [], distributions: {} };
  const width = 0.6 / Math.sqrt(scored);
  const notes = notesOf(protocol, further);
  const clicksOf = ({ axis }: MeasureNote) => axis?.value ?? 0;
  const clicked = protocol === "sam1-d1@1";
  const plain = (value: number) => ({ value, n: scored, clusters: Math.ceil(scored / 7) });
  const numberOf = (note: MeasureNote): Estimate | undefined => {
    const value = quality(ease, clicksOf(note));
    const level = Number(/@(\d+)$/.exec(note.id)?.[1]) / 100;
    const noc = 30 * (level - 0.72) + 2;
    const others: Readonly<Record<string, () => Estimate | undefined>> = {
      iou: () => estimate(value, scored, width),
      oracle: () => (clicked ? estimate(quality(ease, 1) + 0.13, scored, width) : undefined),
      dice: () => estimate(value + 0.08, scored, width),
      boundary: () => estimate(value - 0.09, scored, width),
      gap: () => (clicked ? estimate(0.13, scored, width) : undefined),
      selection: () => (clicked ? estimate(0.55, scored, width) : undefined),
      ece: () => plain(0.113),
      bias: () => plain(0.087 - model.skill),
      spearman: () => (model.skill === 0 ? undefined : plain(0.612)),
      noc: () => ({ value: noc, low: noc - 0.4, high: noc + 0.3, n: scored, clusters: 9 }),
      unreached: () => plain(Math.round(scored * (level - 0.78)) / scored),
      spread: () => estimate(0.06, scored, 0.004),
      worst: () => estimate(ease - 0.08, scored, width),
      blur: () => ({ ...plain(20 * (1 - value)), low: 19 * (1 - value), high: 22 * (1 - value) }),
    };
    return others[note.name]?.();
  };
  const measures = Object.fromEntries(
    notes.flatMap((note) => {
      const value = numberOf(note);
      return value === undefined ? [] : [[note.id, value] as const];
    }),
  );
  const broken = notes.filter((note) => note.broken === true);
  const values = (offset: number) =>
    Object.fromEntries(broken.map((note) => [note.id, quality(ease + offset, clicksOf(note))]));
  const bucket = (
    name: string,
    low: number,
    high: number | null,
    offset: number,
    share: number,
  ): SizeBucket => ({ name, low, high, n: Math.round(scored * share), values: values(offset) });
  return {
    ...base,
    measures,
    bySize: [
      bucket("small", 0, 1024, -0.12, 0.3),
      bucket("medium", 1024, 9216, 0.02, 0.5),
      bucket("large", 9216, null, 0.08, 0.2),
    ],
    byQuartile: [0, 1, 2, 3].map((q) => bucket(`Q${q + 1}`, q / 40, (q + 1) / 40, 0.06 * q - 0.09, 0.25)),
    ...(b === 1
      ? {
          byCategory: ["rov", "trash_bag <i>", null].map((name, c) => ({
            ...{ name, categories: name === null ? 14 : 1, n: Math.round(scored / (c + 2)) },
            values: values(-0.1 * c),
          })),
        }
      : {}),
    distributions: Object.fromEntries(
      broken.map((note) => [note.id, histogram(quality(ease, clicksOf(note)), scored)]),
    ),
    ...(clicked ? { details: { "ece@1": reliabilityOf(scored, model.skill) } } : {}),
  };
}

/** Targets found, around the mean and above, and some missed. */
function histogram(mean: number, n: number): number[] {
  const shares = Array.from({ length: 20 }, (_, b) => {
    const at = (b + 0.5) / 20;
    return (
      Math.exp(-(((at - mean - 0.08) / 0.09) ** 2)) + (1 - mean) * Math.exp(-(((at - 0.05) / 0.12) ** 2))
    );
  });
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => Math.round((n * share) / total));
}

function reliabilityOf(n: number, skill: number): Reliability {
  return {
    kind: "reliability",
    n,
    bins: Array.from({ length: 10 }, (_, b) => {
      const own = b < 2 ? 0 : Math.round((n * (b + 1)) / 55);
      const predicted = (b + 0.55) / 10;
      return {
        low: b / 10,
        high: (b + 1) / 10,
        n: own,
        predicted: own === 0 ? null : predicted,
        actual: own === 0 ? null : Math.max(0, predicted - 0.12 + 0.1 * Math.sin(b) + skill),
      };
    }),
  };
}

/** Which domains the benchmarks are of, in turn. */
const exampleDomains = [["microscopy"], ["underwater", "waste"], ["plants", "microscopy"], ["scenes"]];

function domainsOf(b: number): readonly string[] {
  return exampleDomains[b % exampleDomains.length]!;
}

function domainSummaries(shape: Shape, protocol: ProtocolId, model: string, cells: readonly Cell[]) {
  const all = [...new Set(shape.benchmarks.flatMap((_, b) => domainsOf(b)))];
  return all.map((domain) => {
    const names = shape.benchmarks.filter((_, b) => domainsOf(b).includes(domain)).map(({ name }) => name);
    const own = cells.filter(({ benchmark }) => names.includes(benchmark));
    return { domain, ...suiteOf(model, protocol, own) };
  });
}

function suiteOf(model: string, protocol: ProtocolId, cells: readonly Cell[]): Suite {
  const own = cells.filter(
    (cell) => cell.model === model && cell.protocol === protocol && Object.keys(cell.measures).length > 0,
  );
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const n = own.reduce((sum, { counts }) => sum + counts.scored, 0);
  const ids = [...new Set(own.flatMap(({ measures }) => Object.keys(measures)))];
  const estimateOf = (id: string): SuiteEstimate => {
    const value = mean(own.flatMap(({ measures }) => measures[id]?.value ?? []));
    if (id.startsWith("iou"))
      return { macro: estimate(value, n, 0.013), micro: estimate(value + 0.035, n, 0.008) };
    if (id.startsWith("oracle"))
      return { macro: estimate(value, n, 0.012), micro: estimate(value + 0.03, n, 0.01) };
    const macro = { value, n, clusters: Math.ceil(n / 7) };
    if (id.startsWith("spearman")) return { macro };
    const pooled = pooledGaps(own)[id];
    return { macro, micro: pooled === undefined ? macro : { ...macro, value: pooled } };
  };
  return {
    ...{ model, protocol, benchmarks: own.length },
    measures: Object.fromEntries(ids.map((id) => [id, estimateOf(id)])),
  };
}

/** Calibration over the targets of all cells. */
function pooledGaps(cells: readonly Cell[]): Readonly<Record<string, number>> {
  const details = cells.flatMap(({ details: own }) => own?.["ece@1"] ?? []);
  const bins = (details[0]?.bins ?? []).map((_, b) =>
    details.reduce(
      (sum, { bins: own }) => {
        const { n, predicted, actual } = own[b]!;
        return { n: sum.n + n, gap: sum.gap + n * ((predicted ?? 0) - (actual ?? 0)) };
      },
      { n: 0, gap: 0 },
    ),
  );
  const n = bins.reduce((sum, bin) => sum + bin.n, 0);
  if (n === 0) return {};
  return {
    "ece@1": bins.reduce((sum, { gap }) => sum + Math.abs(gap) / n, 0),
    "bias@1": bins.reduce((sum, { gap }) => sum + gap / n, 0),
  };
}

export function exampleSummary(
  shape: Shape = exampleShape,
  protocols: readonly ProtocolId[] = ["sam1-d1@1", "box@1", "box-jitter@1", "ritm-noc@1"],
  further: readonly MeasuredMetric[] = [],
): Summary {
  const cells = shape.models.flatMap((_, m) =>
    shape.benchmarks.flatMap((__, b) => protocols.map((protocol) => cellOf(shape, m, b, protocol, further))),
  );
  return {
    format: "segbench/summary@2",
    run: "example",
    title: "Zero-shot suite, two checkpoints",
    plan: "5d41402abc4b2a76b9719d911017c592",
    complete: false,
    models: shape.models.map(({ name, title }, m) => ({
      name,
      title,
      remarks:
        m === 1
          ? ["The export has no single-mask output: the highest predicted IoU counts in every round."]
          : [],
    })),
    benchmarks: shape.benchmarks.map(({ name, title }, b) => ({
      name,
      title,
      domain: domainsOf(b),
      ...(b === 1 ? { description: "Litter & animals near the sea floor. A mask is a <thing>." } : {}),
      licence: "CC BY 4.0",
      homepage: "https://example.org/data?a=1&b=2",
    })),
    protocols: protocols.map((id) => ({ id, summary: summaries[id], measures: notesOf(id, further) })),
    cells,
    suites: shape.models.flatMap(({ name }) => protocols.map((protocol) => suiteOf(name, protocol, cells))),
    domains: shape.models.flatMap(({ name }) =>
      protocols.flatMap((protocol) => domainSummaries(shape, protocol, name, cells)),
    ),
  };
}

const digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

export function exampleManifest(shape: Shape = exampleShape): Manifest {
  // Writers read names, titles, files and hashes of cards; the rest of a card does not matter here.
  const plan = {
    name: "example",
    title: "Zero-shot suite, two checkpoints",
    seed: "1",
    batch: 8,
    threads: 1,
    provider: "cpu",
    masks: true,
    protocols: Object.keys(reported),
    metrics: ["iou", "dice", "boundary"],
    models: shape.models.map(({ name, title }) => ({
      name,
      card: { name, title },
      files: [
        { path: `${name}.encoder.onnx`, bytes: 359_123_456, sha256: digest },
        { path: `${name}.decoder.onnx`, bytes: 16_500_000, sha256: digest },
      ],
    })),
    benchmarks: shape.benchmarks.map(({ name, title }) => ({
      name,
      card: { name, title, version: 1, licence: "CC BY 4.0" },
      cardHash: digest,
      images: 1234,
      subsetHash: digest,
    })),
  } as unknown as Plan;
  return {
    format: "segbench/manifest@2",
    plan,
    planHash: digest,
    shard: null,
    software: { segbench: "0.1.0", node: "v20.20.2", "onnxruntime-node": "1.30.0" },
    hardware: { cpu: "A processor & more", cores: 16 },
    models: { "sam-vit-b": { contract: "sam", providers: ["cpu"] } },
  };
}

/** A grey pixel. */
const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

export function exampleGallery(): GalleryItem[] {
  return exampleShape.models.flatMap(({ name }) =>
    (["worst", "median", "best"] as const).map((kind, k) => ({
      model: name,
      benchmark: "trashcan",
      protocol: "sam1-d1@1",
      sample: "vid_000001_frame0000002",
      target: `${17 + k}`,
      ...(k === 1 ? {} : { category: "trash_bag <script>alert(1)</script>" }),
      kind,
      at: { clicks: 1 },
      place: "1 click",
      scores: [
        { name: "iou", of: "IoU", unit: "share", value: 0.04 + 0.45 * k },
        ...(k === 2
          ? []
          : [{ name: "oracle", of: "oracle IoU", unit: "share" as const, value: 0.5 + 0.2 * k }]),
      ],
      predicted: 0.88,
      sent: { clicks: [[31, 44, 1]], multimask: true },
      steps: [0.04 + 0.45 * k, 0.615].map((value, s) => ({ clicks: s + 1, value })),
      picture: { src: pixel, width: 1, height: 1, alt: `target ${17 + k}: "outlines" & more` },
    })),
  );
}

export function exampleInput(): ReportInput {
  const summary = exampleSummary();
  return {
    summary: { ...summary, published: examplePublished(summary) },
    manifest: exampleManifest(),
    gallery: exampleGallery(),
  };
}

/** One model, two benchmarks, two protocols: small enough for golden files of everything. */
export function smallInput(): ReportInput {
  const shape = { models: exampleShape.models.slice(0, 1), benchmarks: exampleShape.benchmarks.slice(0, 2) };
  const summary = { ...exampleSummary(shape, ["sam1-d1@1", "box@1"]), complete: true };
  return {
    summary: { ...summary, published: examplePublished(summary) },
    manifest: exampleManifest(shape),
    gallery: exampleGallery().slice(0, 3),
  };
}
