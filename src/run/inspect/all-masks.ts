// `inspect --all-masks`: the file without its selection, written where it gives the same answers: on three prompts, in bits, the
// old file's answer is the candidate that its rule selects.
import { existsSync } from "node:fs";
import { link, readFile, rename, rm, rmdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { complain, reasonOf } from "../../core/errors.ts";
import { sha256 } from "../../core/hash.ts";
import { randomWords } from "../../core/random.ts";
import { makeFolder } from "../../formats/files.ts";
import { chosenBy, type Selection, withAllMasks } from "../../models/all-masks.ts";
import { families } from "../../models/index.ts";
import type { Graph, GraphPort, Tensor, TensorType } from "../../models/runtime/graph.ts";
import { openOnnxHost } from "../../models/runtime/onnx.ts";
import { castTo, floatsOf } from "../../models/tensors/cast.ts";
import type { Context } from "../context.ts";
import { cannotWrite, writeOut } from "../write.ts";

export interface AllMasksWritten {
  /** As given. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Outputs and inputs that the old file has and this one has not. */
  readonly dropped: readonly string[];
  readonly nodes: readonly [before: number, after: number];
  /** The candidate that the old file returns for each prompt; several where it returns several. */
  readonly checked: readonly { readonly prompt: string; readonly candidates: readonly number[] }[];
}

/** Writes a decoder's file without its selection; `family` says what is sent with a click. Leaves nothing where it rejects. */
export async function writeAllMasks(
  decoder: string,
  out: string,
  family: string | undefined,
  { cwd }: Pick<Context, "cwd">,
): Promise<AllMasksWritten> {
  const [from, to] = [resolve(cwd, decoder), resolve(cwd, out)];
  if (!/\.onnx$/i.test(to)) throw complain(out, "is not a name for a model", { expected: "NAME.onnx" });
  if (existsSync(to))
    throw complain(out, "exists already", {
      code: "refused",
      expected: from === to ? "another file than the one that is read" : "a file that does not exist yet",
    });
  const { bytes, selection, dropped, nodes, sideFiles, float16 } = withAllMasks(
    await readFile(from).catch((cause: unknown) => {
      throw complain(decoder, "cannot be read", { got: reasonOf(cause), cause });
    }),
    decoder,
  );
  if (sideFiles.length > 0 && dirname(from) !== dirname(to))
    throw complain(out, `would not find its weights, which lie in ${sideFiles.join(", ")}`, {
      expected: `a file in the same folder as ${decoder}`,
      got: out,
    });
  const missing = missingFolders(dirname(to));
  // Beside the file, so that weights in side files are found, and under a name that nothing has.
  const part = freeName(to);
  try {
    await makeFolder(dirname(to)).catch(cannotWrite(out));
    await writeOut(part, bytes, { flag: "wx" });
    const checked = await answersAlike(from, part, decoder, selection, { family, float16 });
    await placed(part, to, out);
    return { file: out, bytes: bytes.length, sha256: sha256(bytes), dropped, nodes, checked };
  } finally {
    await rm(part, { force: true });
    // Fails where something is in it.
    for (const folder of missing) await rmdir(folder).catch(() => undefined);
  }
}

function freeName(path: string, n = 1): string {
  const name = `${path}.${n}.part`;
  return existsSync(name) ? freeName(path, n + 1) : name;
}

/** A folder and those above it that do not exist, the innermost first. */
function missingFolders(folder: string): readonly string[] {
  return existsSync(folder) ? [] : [folder, ...missingFolders(dirname(folder))];
}

/** Puts a file in place, and never over another one. */
async function placed(part: string, to: string, shown: string): Promise<void> {
  try {
    await link(part, to);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST" || existsSync(to))
      throw complain(shown, "exists already", { code: "refused", cause });
    await rename(part, to); // a file system without links
  }
}

interface Trial {
  readonly prompt: string;
  /** Labels of its points: 1 a click, -1 padding, 2 and 3 the corners of a box. */
  readonly labels: readonly number[];
}

function trialsOf(family: string | undefined): readonly Trial[] {
  const { paddingPoint = true } =
    (family === undefined ? undefined : families[family])?.defaults?.prompt ?? {};
  const padded = (labels: readonly number[]) => (paddingPoint ? [...labels, -1] : labels);
  return [
    { prompt: "a click", labels: padded([1]) },
    { prompt: "two clicks", labels: padded([1, 0]) },
    { prompt: "a box", labels: [2, 3] },
  ];
}

/** Runs both files without the runtime's optimisations, which may round otherwise where a graph ends elsewhere. */
async function answersAlike(
  before: string,
  after: string,
  shown: string,
  selection: Selection,
  { family, float16 }: { readonly family: string | undefined; readonly float16: boolean },
): Promise<AllMasksWritten["checked"]> {
  const host = openOnnxHost({ provider: "cpu", threads: 1, optimisation: "disabled" });
  try {
    const [old, all] = [await host.open(before), await host.open(after)];
    const checked: { readonly prompt: string; readonly candidates: readonly number[] }[] = [];
    for (const { prompt, labels } of trialsOf(family)) {
      const feeds = Object.fromEntries(
        old.inputs.map((port) => [port.name, fed(port, labels, prompt)] as const),
      );
      const known = new Set(all.inputs.map(({ name }) => name));
      const compared = float16 ? asFloat16 : (found: Answers) => found;
      const answers = [
        compared(await answer(old, feeds, shown)),
        compared(
          await answer(
            all,
            Object.fromEntries(Object.entries(feeds).filter(([name]) => known.has(name))),
            shown,
          ),
        ),
      ] as const;
      // A graph may take a fixed number of points: the rest is padding.
      const port = old.inputs.find(isLabels);
      const sent = (port === undefined ? undefined : feeds[port.name]!.dims.at(-1)) ?? labels.length;
      checked.push({ prompt, candidates: selected(answers, selection, sent, `${shown}, ${prompt}`) });
    }
    return checked;
  } finally {
    await host.close();
  }
}

async function answer(graph: Graph, feeds: Answers, shown: string): Promise<Answers> {
  try {
    return (await graph.run(feeds)) as Answers;
  } catch (cause) {
    throw complain(shown, "cannot be run on made-up prompts, so that nothing was checked", {
      code: "model",
      got: reasonOf(cause),
      cause,
    });
  }
}

type Answers = Readonly<Record<string, Tensor>>;

/** The values that float16 graphs compute, whatever type they are given out as. */
function asFloat16(answers: Answers): Answers {
  return Object.fromEntries(
    Object.entries(answers).map(([name, tensor]) => [name, castTo(tensor, "float16")] as const),
  );
}

/** The candidates that the old file's answer is, in bits; rejects where its rule selects others. */
function selected(
  [old, all]: readonly [Answers, Answers],
  { masks, scores, rule }: Selection,
  points: number,
  where: string,
): readonly number[] {
  const [some, every] = [old[masks.output]!, all[masks.output]!];
  const [fewScores, allScores] = [old[scores.output]!, all[scores.output]!];
  const count = allScores.dims.at(-1) ?? 1;
  const rows = allScores.data.length / count;
  const size = every.data.length / allScores.data.length;
  const returned = some.data.length / size / rows;
  if (!Number.isInteger(returned) || count < 2 || every.dims.at(-3) !== count)
    throw complain(
      where,
      "the file without its selection does not return the same number of masks and scores",
      { got: `masks [${every.dims.join(", ")}], scores [${allScores.dims.join(", ")}]` },
    );
  if (scores.nodes.length === 0 && !equal(bytesOf(fewScores), bytesOf(allScores)))
    throw complain(where, "the file without its selection returns other predicted IoUs");
  const [floats, logits] = [floatsOf(allScores), floatsOf(every)];
  const candidates = Array.from({ length: rows }, (_, row) => {
    const found = Array.from({ length: returned }, (_, i) =>
      Array.from({ length: count }, (_, k) => k).filter(
        (k) =>
          equal(part(some, row * returned + i, size), part(every, row * count + k, size)) &&
          (scores.nodes.length === 0 ||
            equal(part(fewScores, row * returned + i, 1), part(allScores, row * count + k, 1))),
      ),
    );
    const own = (values: Float32Array) =>
      values.subarray((row * values.length) / rows, ((row + 1) * values.length) / rows);
    const chosen = chosenBy(rule, own(floats), points, own(logits)) ?? found.map(([first]) => first ?? -1);
    if (chosen.length === returned && chosen.every((k, i) => found[i]!.includes(k))) return chosen;
    throw complain(where, "its answer is not the candidate that its rule selects", {
      expected: chosen.some((k) => k < 0)
        ? `one of its ${count} candidates`
        : `candidate ${chosen.join(", ")}`,
      got: found.map(([k]) => (k === undefined ? "none of them" : `candidate ${k}`)).join(", "),
    });
  });
  return candidates[0]!;
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The bytes of the i-th of equal parts. */
function part(tensor: Tensor, i: number, size: number): Uint8Array {
  const width = size * tensor.data.BYTES_PER_ELEMENT;
  return bytesOf(tensor).subarray(i * width, (i + 1) * width);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

const isCoordinates = ({ name }: GraphPort) => /coord|points/.test(name);
const isLabels = ({ name }: GraphPort) => /label/.test(name);

/** What an input gets: points of a prompt, a size, no mask prompt; numbers between -1 and 1 for everything else. */
function fed(port: GraphPort, labels: readonly number[], prompt: string): Tensor {
  const { name, type, shape } = port;
  const points = isCoordinates(port) ? shape.length - 2 : isLabels(port) ? shape.length - 1 : -1;
  const boxes = /box/.test(name) ? shape.length - 2 : -1;
  const dims = shape.map((size, i) => {
    if (typeof size === "number") return size;
    return i === points ? labels.length : i === boxes ? 0 : 1;
  });
  const values = new Float32Array(dims.reduce((product, size) => product * size, 1));
  if (isLabels(port)) {
    const last = dims.at(-1) ?? 1;
    for (let i = 0; i < values.length; i++) values[i] = labels[i % last] ?? -1;
  } else if (/orig.*size/.test(name)) values.fill(64);
  else if (!/has_mask/.test(name)) {
    const words = new Int32Array(values.length);
    randomWords(`${prompt}\n${name}`)(words);
    const [scale, plus] = isCoordinates(port) ? [64 / 2 ** 32, 32] : [1 / 2 ** 31, 0];
    for (let i = 0; i < values.length; i++) values[i] = words[i]! * scale + plus;
  }
  return castTo({ type: "float32", dims, data: values }, type as TensorType);
}
