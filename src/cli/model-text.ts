// What `inspect` and `tune` print.

import { given } from "../core/given.ts";
import { bytesText, count } from "../core/words.ts";
import type { Rule } from "../models/all-masks.ts";
import type { Recognised } from "../models/index.ts";
import type { GraphPort } from "../models/runtime/graph.ts";
import { plural } from "../report/kit/format.ts";
import { listTable } from "../report/kit/table.ts";
import { type Screen, textTable } from "../report/kit/text-table.ts";
import type { AllMasksWritten } from "../run/inspect/all-masks.ts";
import type { Inspected } from "../run/inspect/inspect.ts";
import type { Tuning } from "../run/tune.ts";
import { bestBatch, estimatedRate } from "../run/tune.ts";

/** Kinds of nodes that are named; the others are counted. */
const NAMED_KINDS = 8;

/** A file as text. `written`: all its masks are in another file already. */
export function inspectedText(one: Inspected, written = false): string {
  const { file, bytes, producer, opset, sideFiles, inputs, outputs, contracts, foreign, meanings } = one;
  const port = ({ name, type, shape }: GraphPort, meaning: string | undefined) =>
    `    ${name}  ${type}  [${shape.map((size) => (size === "" ? "?" : size)).join(", ")}]${meaning === undefined ? "" : `  ${meaning}`}`;
  const made = [
    bytesText(bytes),
    ...(opset === undefined ? [] : [`opset ${opset}`]),
    ...(producer === "" ? [] : [`made by ${producer}`]),
    ...(sideFiles.length === 0 ? [] : [`with ${sideFiles.join(", ")}`]),
  ];
  return [
    `${file}  ${made.join(", ")}`,
    "  inputs",
    ...inputs.map((input) => port(input, meanings?.inputs[input.name])),
    "  outputs",
    ...outputs.map((output) => port(output, meanings?.outputs[output.name])),
    ...content(one),
    ...verdicts(contracts),
    ...hidden(one, written),
    ...(foreign === undefined ? [] : [`  no contract fits: ${foreign}`]),
  ].join("\n");
}

function content({ weights, parameters, nodes, quantised }: Inspected): string[] {
  const kinds = Object.entries(nodes);
  const all = kinds.reduce((sum, [, count]) => sum + count, 0);
  const named = kinds.slice(0, NAMED_KINDS).map(([kind, n]) => `${count(n)} ${kind}`);
  const more = kinds.length - named.length;
  return [
    `  parameters  ${count(parameters)}`,
    ...Object.entries(weights).map(
      ([type, { tensors, elements, bytes }]) =>
        `    ${type}  ${count(elements)} in ${tensors} tensors, ${bytesText(bytes)}`,
    ),
    `  nodes  ${count(all)}${quantised === 0 ? "" : `, ${quantised} of them quantised`}: ${[...named, ...(more > 0 ? [`${more} more kinds`] : [])].join(", ")}`,
  ];
}

/** What a graph selects and drops, by which rule, and how to get it back. */
function hidden({ file, selection, why }: Inspected, written: boolean): string[] {
  if (selection === undefined)
    return why === undefined ? [] : [`  candidates  hidden ones cannot be brought back: ${why}`];
  const { candidates, masks, scores, rule, says } = selection;
  const all = candidates === undefined ? "its candidates" : `its ${candidates} candidates`;
  const places = [masks, scores]
    .filter(({ nodes }) => nodes.length > 0)
    .map(({ output, nodes }) => `${output} by ${nodes.join(", ")}`);
  const [first, ...more] = says;
  return [
    `  candidates  the graph returns ${returnedText(rule, candidates)} of ${all}: ${places.join("; ")}`,
    `    rule  ${first}`,
    ...more.map((line) => `          ${line}`),
    ...(written
      ? []
      : [`    all  segbench inspect ${file} --all-masks OUT.onnx writes a file that returns them all`]),
  ];
}

function returnedText(rule: Rule, candidates: number | undefined): string {
  if (rule.kind !== "fixed") return "one";
  const end = rule.end ?? candidates;
  return end === undefined ? "some" : end === rule.first + 1 ? "one" : String(end - rule.first);
}

/** A file that `--all-masks` wrote. */
export function allMasksText({ file, bytes, sha256, dropped, nodes, checked }: AllMasksWritten): string {
  const answers = checked.map(({ prompt, candidates }) => `${prompt}: ${candidates.join(", ")}`);
  return [
    `all masks: ${file}, ${bytesText(bytes)}, sha256 ${sha256}`,
    `  ${plural(nodes[0], "node")} became ${count(nodes[1])}${dropped.length === 0 ? "" : `; removed with the selection: ${dropped.join(", ")}`}`,
    `  checked: the old file's answers are, bit for bit, the candidates that its rule selects (${answers.join("; ")})`,
  ].join("\n");
}

/** One line for all contracts that the same ports fit. */
function verdicts(contracts: readonly Recognised[]): string[] {
  const families = new Map<string, string[]>();
  for (const { family, part, confidence, why, refused } of contracts) {
    const fits = refused === undefined ? `fits as ${part}` : `is a ${part} that cannot be run (${refused})`;
    const text = `${fits}, ${confidence} (${why})`;
    families.set(text, [...(families.get(text) ?? []), family]);
  }
  return [...families].map(
    ([text, names]) =>
      `  contract ${names.join(" or ")}: ${text}${names.length > 1 ? "; the decoder decides" : ""}`,
  );
}

/** What `tune` prints: what was measured, the fastest setting, and the lines for the run file. */
export function tuneText(tuning: Tuning, screen: Screen): string {
  const { model, provider, cores, prompts, alone, together, best, cut } = tuning;
  const batches = alone[0]?.decode.map(({ batch }) => batch) ?? [];
  const right = (title: string, leaves?: number) => given({ title, align: "right" as const, leaves });
  const single = {
    columns: [
      right("threads"),
      right("encode ms", 30),
      ...batches.map((batch, b) => right(`decode ms, batch ${batch}`, 40 + b)),
      right("best batch"),
      right("images/s"),
    ],
    rows: alone.map((times) => [
      String(times.threads),
      times.encode.toFixed(1),
      ...batches.map(
        (batch) => times.decode.find((entry) => entry.batch === batch)?.perPrompt.toFixed(2) ?? "-",
      ),
      String(bestBatch(times)),
      estimatedRate(times, prompts).toFixed(2),
    ]),
  };
  const several = {
    columns: [
      right("workers"),
      right("threads"),
      right("batch"),
      right("images/s"),
      { title: "", align: "left" as const },
    ],
    rows: together.map((setting) => [
      ...[setting.workers, setting.threads, setting.batch].map(String),
      setting.imagesPerSecond.toFixed(2),
      setting === best ? "<- fastest" : "",
    ]),
  };
  return [
    `${model} on ${provider}, ${cores} cores; assuming ${prompts} prompts per image`,
    "",
    "a single worker (decode: milliseconds per prompt)",
    ...textTable(listTable(single.columns, single.rows), screen, { elsewhere: "--json" }),
    "",
    "workers together, without scoring, which has a thread of its own",
    ...textTable(listTable(several.columns, several.rows), screen),
    ...(cut ? ["", "there was no time to measure everything: --seconds gives more"] : []),
    ...(best === undefined
      ? []
      : [
          "",
          "for the run file (threads and batch are part of a run's identity, since they can change last bits):",
          `threads: ${best.threads}`,
          `batch: ${best.batch}`,
          `workers: ${best.workers}`,
        ]),
    "",
  ].join("\n");
}
