// What masks made elsewhere claim to be: the protocol that they follow, and the names in them.
import { closest } from "fastest-levenshtein";
import {
  declarableProtocols,
  knownProtocol,
  type Registries,
  type ResolvedBenchmark,
  unknownName,
} from "../../config/index.ts";
import { complain, SegbenchError } from "../../core/errors.ts";
import { originOf, replayId } from "../../core/recorded.ts";
import {
  type DeclaredProtocol,
  type FindRecorded,
  fixedSteps,
  isInteractive,
  namedMasks,
  type Protocol,
  recordedTarget,
  taskOf,
} from "../../eval/index.ts";
import { type PredictionFile, readPredictions } from "../../formats/predictions.ts";

/** Names listed of each kind. */
const MOST = 10;

/** The protocol that masks made elsewhere claim to follow; without an id nothing is declared. */
export function declaredProtocol(given: string | undefined, registries: Registries): DeclaredProtocol {
  const all = declarableProtocols(registries);
  const id = given ?? all[0]!;
  const known = knownProtocol(originOf(id), registries);
  const kind = known && (taskOf(known, registries.tasks)?.kind ?? "image");
  if (known === undefined || kind !== "image") {
    const what = known === undefined ? "unknown protocol" : "is no protocol of images";
    throw new SegbenchError([unknownName({ path: "protocol" }, what, id, all)]);
  }
  const runnable = playable(id, registries);
  return {
    id,
    firstClicks: known.reported?.[0] ?? 0,
    mayEndEarly: playable(originOf(id), registries)?.endsEarly === true,
    stepsOf: (context) => (runnable === undefined ? undefined : fixedSteps(runnable, context)) ?? [],
  };
}

/** Masks made by recorded prompts: rows say what was recorded. */
export function replayedProtocol(id: string, find: FindRecorded, registries: Registries): DeclaredProtocol {
  const declared = declaredProtocol(id, registries);
  if (playable(id, registries) === undefined) return declared;
  return {
    ...declared,
    id: replayId(id),
    stepsOf: (context) => recordedTarget(id, find, context).steps,
  };
}

function playable(id: string, { protocols }: Registries): Protocol | undefined {
  const protocol = Object.hasOwn(protocols, id) ? protocols[id] : undefined;
  return protocol !== undefined && isInteractive(protocol) ? protocol : undefined;
}

/** Masks by the names of their targets, of one model under one protocol. */
export async function readNamed(
  path: string,
  { benchmark: { name: benchmark }, images }: ResolvedBenchmark,
  choice: { readonly model?: string; readonly protocol?: string },
) {
  const ids = images.map(({ id }) => id);
  const predictions = await readPredictions(path, { benchmark, ...choice }, ids);
  checkChoice(predictions, benchmark);
  return namedMasks(predictions);
}

/** A file of several models or protocols does not say which is meant. */
export function checkChoice(
  {
    name,
    models = [],
    protocols = [],
    ...held
  }: Pick<PredictionFile, "name" | "models" | "protocols"> & { readonly images: readonly unknown[] },
  benchmark: string,
): void {
  const { images } = held;
  const several = (what: string, option: string, found: readonly string[]) => {
    if (found.length > 1)
      throw complain(name, `holds masks of several ${what}`, {
        expected: `\`${option}\` with one of ${found.join(", ")}`,
      });
  };
  if (images.length === 0)
    throw complain(name, `holds no masks for ${benchmark} of the model and protocol requested`);
  several("models", "from", models);
  several("protocols", "protocol", protocols);
}

/** A line for each unknown sample; those that a limit or a subset leaves out are not unknown. */
export function unknownSamples(
  { name, samples: predicted }: { readonly name: string; readonly samples: readonly string[] },
  { images, benchmark }: ResolvedBenchmark,
): string[] {
  const ids = images.map(({ id }) => id);
  const known = new Set(ids);
  return predicted
    .filter((sample) => !known.has(sample))
    .map(
      (sample) =>
        `${name}: ${benchmark.name} has no ${benchmark.kind} ${JSON.stringify(sample)}${nearestTo(sample, ids)}`,
    );
}

/** A line for each name that belongs to none of a sample's targets. */
export function unknownTargets(
  { kind }: Pick<ResolvedBenchmark["benchmark"], "kind">,
  sample: string,
  unknown: readonly string[],
  targets: readonly string[],
): string[] {
  return unknown.map(
    (target) => `${kind} ${sample} has no target ${JSON.stringify(target)}${nearestTo(target, targets)}`,
  );
}

/** The first few lines, and how many more there are. */
export function firstFew(lines: readonly string[]): { lines: readonly string[]; more: number } {
  return { lines: lines.slice(0, MOST), more: Math.max(0, lines.length - MOST) };
}

/** "; the nearest is ..."; nothing where there is no name. */
export function nearestTo(got: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  return `; the nearest is ${JSON.stringify(bareMatch(got, known) ?? closest(got, [...known]))}`;
}

/** 139 for 000000000139, a.jpg for a: ids that differ only in leading zeros, folders or a suffix. */
function bareMatch(got: string, known: readonly string[]): string | undefined {
  const wanted = bareName(got.replace(/\.[A-Za-z]+$/, ""));
  return known.find((id) => bareName(id) === wanted);
}

/** Without folders and leading zeros. */
export function bareName(id: string): string {
  return id.replace(/^.*\//, "").replace(/^0+(?=.)/, "");
}
