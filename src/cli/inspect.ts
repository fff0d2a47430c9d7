import { statSync } from "node:fs";
import { reasonOf } from "../core/errors.ts";
import { readOnnxFile } from "../formats/onnx-file.ts";
import { foreignSentence, openOnnxHost, type Recognised, recognise } from "../models/index.ts";
import type { Graph, GraphPort } from "../models/shared/graph.ts";
import { type ExitCode, exitCodes } from "./exit.ts";

interface Inspected {
  readonly file: string;
  readonly bytes: number;
  readonly producer: string;
  readonly opset: number | undefined;
  readonly sideFiles: readonly string[];
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  /** Every contract that this file could be a part of, the most confident first. */
  readonly contracts: readonly Recognised[];
  /** What a file looks like that no contract fits. */
  readonly foreign?: string;
}

/** `segbench inspect`: what the files take and give, and which contract that is. */
export async function inspectVerb(
  files: readonly string[],
  provider: string,
  json: boolean,
): Promise<ExitCode> {
  const host = openOnnxHost({ provider, threads: 1 });
  const found: Inspected[] = [];
  const problems: string[] = [];
  try {
    for (const file of files) {
      try {
        const graph = await host.open(file);
        found.push(await inspected(file, graph));
      } catch (error) {
        problems.push(reasonOf(error));
      }
    }
  } finally {
    await host.close();
  }
  if (json) process.stdout.write(`${JSON.stringify({ files: found, problems }, undefined, 2)}\n`);
  else for (const one of found) process.stdout.write(`${describe(one)}\n`);
  for (const problem of problems) process.stderr.write(`error: ${problem}\n`);
  return problems.length === 0 ? exitCodes.fine : exitCodes.error;
}

async function inspected(file: string, { inputs, outputs }: Graph): Promise<Inspected> {
  const { producer, opset, sideFiles } = await readOnnxFile(file);
  const contracts = recognise({ inputs, outputs });
  return {
    ...{ file, bytes: statSync(file).size, producer, opset, sideFiles, inputs, outputs, contracts },
    ...(contracts.length > 0 ? {} : { foreign: foreignSentence({ inputs, outputs }) }),
  };
}

function describe({
  file,
  bytes,
  producer,
  opset,
  sideFiles,
  inputs,
  outputs,
  contracts,
  foreign,
}: Inspected): string {
  const port = ({ name, type, shape }: GraphPort) =>
    `    ${name}  ${type}  [${shape.map((size) => (size === "" ? "?" : size)).join(", ")}]`;
  const made = [
    `${(bytes / 2 ** 20).toFixed(1)} MiB`,
    ...(opset === undefined ? [] : [`opset ${opset}`]),
    ...(producer === "" ? [] : [`made by ${producer}`]),
    ...(sideFiles.length === 0 ? [] : [`with ${sideFiles.join(", ")}`]),
  ];
  return [
    `${file}  ${made.join(", ")}`,
    "  inputs",
    ...inputs.map(port),
    "  outputs",
    ...outputs.map(port),
    ...verdicts(contracts),
    ...(foreign === undefined ? [] : [`  no contract fits: ${foreign}`]),
  ].join("\n");
}

/** One line for all contracts that the same ports speak for. */
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
