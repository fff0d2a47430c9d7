import { statSync } from "node:fs";
import { families } from "../config/open-model.ts";
import { reasonOf } from "../core/errors.ts";
import { openOnnxHost } from "../models/onnx.ts";
import type { Graph, GraphPort } from "../models/shared/graph.ts";
import { type ExitCode, exitCodes } from "./exit.ts";

interface Inspected {
  readonly file: string;
  readonly bytes: number;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  /** Contract -> why this file does not speak it; empty: it does, as `part`. */
  readonly contracts: Readonly<
    Record<string, { readonly part: string; readonly mismatches: readonly string[] }>
  >;
}

/** `segbench inspect`: what the files take and give, and whether that is a contract we speak. */
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
        const { inputs, outputs } = graph;
        found.push({ file, bytes: statSync(file).size, inputs, outputs, contracts: contractsOf(graph) });
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

/** A file with a `point_coords` input is taken for a decoder, any other for an encoder. */
function contractsOf(graph: Graph): Inspected["contracts"] {
  const decoder = graph.inputs.length > 1;
  const part = decoder ? "decoder" : "encoder";
  return Object.fromEntries(
    Object.values(families).map((family) => [
      family.name,
      { part, mismatches: family.mismatches(decoder ? { decoder: graph } : { encoder: graph }) },
    ]),
  );
}

function describe({ file, bytes, inputs, outputs, contracts }: Inspected): string {
  const port = ({ name, type, shape }: GraphPort) =>
    `    ${name}  ${type}  [${shape.map((size) => (size === "" ? "?" : size)).join(", ")}]`;
  const verdicts = Object.entries(contracts).map(([name, { part, mismatches }]) =>
    mismatches.length === 0
      ? `  contract ${name}: fits as ${part}`
      : `  contract ${name}: does not fit as ${part}\n${mismatches.map((text) => `    ${text}`).join("\n")}`,
  );
  return [
    `${file}  ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    "  inputs",
    ...inputs.map(port),
    "  outputs",
    ...outputs.map(port),
    ...verdicts,
  ].join("\n");
}
