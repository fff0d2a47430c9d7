// What a model's files say: their contract, and the side files that hold their weights.
import { basename, dirname, join, posix } from "node:path";
import { type Problem, reasonOf } from "../../core/errors.ts";
import type { ImageContract, ModelCard } from "../../core/schema-types.ts";
import { type OnnxFile, readOnnxFile } from "../../formats/onnx-file.ts";
import {
  foreignSentence,
  type ModelFiles,
  type Part,
  type Recognised,
  recogniseModel,
} from "../../models/index.ts";

/** As the card would state it, and where it is. */
interface SideFile {
  readonly stated: string;
  readonly actual: string;
}

/** What was read from a model's files. */
interface FoundInFiles {
  readonly family: string;
  readonly image?: Partial<ImageContract>;
  readonly sideFiles: readonly SideFile[];
}

type Complaint = Omit<Problem, "where">;

/** A card leaves the family open without one, or with "auto". */
export function isAuto(family: string | undefined): family is undefined | "auto" {
  return family === undefined || family === "auto";
}

/** The contract of a model's files. Files that cannot be read matter only where the card leaves the family open: opening them reports it. */
export async function findInFiles(card: ModelCard, files: ModelFiles): Promise<FoundInFiles | Complaint> {
  const read: Record<Part, OnnxFile> = {};
  for (const [part, path] of Object.entries(files)) {
    if (!path.endsWith(".onnx") && !isAuto(card.family)) continue;
    try {
      read[part] = await readOnnxFile(path);
    } catch (error) {
      if (isAuto(card.family)) return { what: reasonOf(error), cause: error };
    }
  }
  const sideFiles = Object.entries(read).flatMap(([part, { sideFiles }]) =>
    sideFiles.map((name) => ({
      stated: posix.join(posix.dirname(card.files[part]!), name),
      actual: join(dirname(files[part]!), name),
    })),
  );
  const { candidates, image } = recogniseModel(read);
  if (!isAuto(card.family)) {
    const known = card.image?.size === undefined ? { image } : {};
    return { family: card.family, ...known, sideFiles };
  }
  const [only, ...others] = candidates;
  if (only === undefined)
    return { what: "contract not recognised", expected: "files of one known family", got: seen(read, files) };
  if (others.length > 0)
    return {
      what: "the contract is ambiguous: the card must say the family",
      expected: `family: ${candidates.map(({ family }) => family).join(" or ")}`,
      got: listed(candidates),
    };
  if (only.refused !== undefined)
    return { what: `${only.family}, which cannot be run: ${only.refused}`, got: only.why };
  return { family: only.family, image, sideFiles };
}

function listed(candidates: readonly Recognised[]): string {
  return candidates.map(({ family, why }) => `${family} (${why})`).join("; ");
}

function seen(read: Readonly<Record<Part, OnnxFile>>, files: ModelFiles): string {
  return Object.entries(read)
    .map(([part, ports]) => `${basename(files[part]!)}, which ${foreignSentence(ports)}`)
    .join("; ");
}
