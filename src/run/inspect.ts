import { statSync } from "node:fs";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { describe } from "../cli/inspect-text.ts";
import { reasonOf } from "../core/errors.ts";
import { type OnnxContent, readOnnxContent } from "../formats/onnx-content.ts";
import { readOnnxFile } from "../formats/onnx-file.ts";
import {
  foreignSentence,
  openOnnxHost,
  type PortMeanings,
  portMeanings,
  type Recognised,
  recognise,
} from "../models/index.ts";
import type { Graph, GraphPort } from "../models/shared/graph.ts";
import { writeCard } from "./inspect-card.ts";

export interface Inspected extends OnnxContent {
  readonly file: string;
  readonly bytes: number;
  readonly producer: string;
  readonly opset: number | undefined;
  readonly sideFiles: readonly string[];
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  /** Every contract that this file could be a part of, the most confident first. */
  readonly contracts: readonly Recognised[];
  /** What would be fed and read, by port. */
  readonly meanings?: PortMeanings;
  /** What a file looks like that no contract fits. */
  readonly foreign?: string;
}

export interface InspectOptions {
  readonly provider: string;
  readonly writeCard?: string;
  readonly family?: string;
  readonly json?: boolean;
}

/** `segbench inspect`: what the files take, give and hold, which contract that is, and the card that says so. */
export async function inspectVerb(
  files: readonly string[],
  { provider, writeCard: cardFile, family, json = false }: InspectOptions,
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
  if (cardFile !== undefined && problems.length === 0) {
    try {
      await writeCard(cardFile, found, family);
      process.stderr.write(`card: ${cardFile}; next: segbench run --models ${cardPath(cardFile)}\n`);
    } catch (error) {
      problems.push(reasonOf(error));
    }
  }
  for (const problem of problems) process.stderr.write(`error: ${problem}\n`);
  return problems.length === 0 ? exitCodes.fine : exitCodes.error;
}

/** As findCard takes it for a path. */
function cardPath(file: string): string {
  return file.includes("/") || /\.ya?ml$/.test(file) ? file : `./${file}`;
}

async function inspected(file: string, { inputs, outputs }: Graph): Promise<Inspected> {
  const { producer, opset, sideFiles } = await readOnnxFile(file);
  const contracts = recognise({ inputs, outputs });
  const [first] = contracts;
  return {
    ...{ file, bytes: statSync(file).size, producer, opset, sideFiles, inputs, outputs, contracts },
    ...(await readOnnxContent(file)),
    ...(first === undefined
      ? { foreign: foreignSentence({ inputs, outputs }) }
      : { meanings: portMeanings(first.part, { inputs, outputs }) }),
  };
}
