// The models that the benchmark runs: each with its card and the files of its graphs.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../src/config/paths.ts";
import { python, type Surroundings } from "./measure.ts";

export interface Contender {
  readonly title: string;
  /** Name or file of its card. */
  readonly card: string;
  readonly encoder: string;
  readonly decoder: string;
  /** Threads of the runtime, on both sides of a comparison. */
  readonly threads: number;
  readonly repeats: number;
  readonly goal: string;
}

const tinyFile = (name: string) => join(packageFolder, "models", "tiny", name);

export const tiny = ({ repeats }: Surroundings): Contender => ({
  ...{ title: "bundled tiny model", card: "tiny", goal: "1.35", threads: 1, repeats },
  ...{ encoder: tinyFile("encoder.onnx"), decoder: tinyFile("decoder.onnx") },
});

/** A model of SAM ViT-B's shape, made on the spot in `folder` unless it is there: random weights, 20 s. */
export function vitB(around: Surroundings, folder: string): Contender {
  const made = made_(around, folder, "python/vit_b.py", "vit-b", 1024);
  return { ...made, title: "model of SAM ViT-B's shape", goal: "1.05", threads: 2, repeats: 3 };
}

/** A model that always gives the same answer. */
export function constant(around: Surroundings, folder: string): Contender {
  const made = made_(around, folder, "python/constant.py", "constant", 256);
  return { ...made, title: "model of constant output", goal: "", threads: 1, repeats: 1 };
}

function made_(around: Surroundings, folder: string, script: string, name: string, size: number) {
  const [encoder, decoder] = ["encoder", "decoder"].map((role) => join(folder, `${role}.onnx`)) as [
    string,
    string,
  ];
  if (!existsSync(decoder)) {
    mkdirSync(folder, { recursive: true });
    python(around, script, [folder]);
  }
  const card = join(folder, `${name}.yaml`);
  const facts = {
    ...{ name, title: name, description: "For measuring time.", family: "sam" },
    ...{ files: { encoder, decoder }, image: { size }, batch: 1, licence: "MIT", source: "bench" },
  };
  writeFileSync(card, JSON.stringify(facts));
  return { card, encoder, decoder };
}
