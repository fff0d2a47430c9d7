import { resolve } from "node:path";
import { type FoundCard, findCard, isFound, listCards, resolveInput, resolvePath } from "../config/index.ts";
import { usualData } from "../config/paths.ts";
import { runDefaults } from "../core/defaults.ts";
import { complain, type Problem, SegbenchError } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import { type Context, shownPath } from "./context.ts";

/** The part of a context that cards and folders are found with. */
export type Around = Pick<Context, "cwd" | "env">;

/** Absolute path of the folder of the benchmarks' data; one that is given may be the package's, unless something is to be written there. `usual`: as a run has it that names none. */
export function dataFolder(
  given: string | undefined,
  { cwd, env }: Around,
  { writes = false, usual = false }: { readonly writes?: boolean; readonly usual?: boolean } = {},
): string {
  const resolve = given === undefined || writes ? resolvePath : resolveInput;
  const resolved =
    given === undefined && usual
      ? usualData({ cwd, env })
      : resolve(given ?? runDefaults.data, { cwd, env, base: cwd });
  if ("path" in resolved) return resolved.path;
  throw complain({ where: { path: "data" }, ...resolved });
}

/** What has to be typed again after a verb was given another data folder. */
export function dataFlag(given: string | undefined): string {
  return given === undefined ? "" : ` --data ${given}`;
}

export function rootOf(card: DatasetCard, data: string): string {
  return resolve(data, card.root ?? card.name);
}

/** The named cards, or all; unknown names are one error. */
export async function chosenCards(
  verb: string,
  names: readonly string[],
  folders: Around,
): Promise<FoundCard<"benchmark">[]> {
  if (names.length === 0) return listCards("benchmark", folders);
  const place = { path: `segbench ${verb}` };
  const found = await Promise.all(
    names.map((name) => findCard("benchmark", name, { place, base: folders.cwd }, folders)),
  );
  const unknown = found.filter((card): card is Problem => !isFound(card));
  if (unknown.length > 0) throw new SegbenchError(unknown);
  return found.filter(isFound);
}

/** How to get a benchmark whose data are absent: one sentence. */
export function howToGet(
  card: DatasetCard,
  root: string,
  given: string | undefined,
  context: Pick<Context, "cwd">,
): string {
  if (card.download !== undefined) return `segbench pull ${card.name}${dataFlag(given)}`;
  if (card.homepage === undefined && card.miniature !== undefined)
    return "they come with the package: --data datasets/samples";
  const archives = card.archives?.join(", ") ?? "the data";
  return card.homepage === undefined
    ? `put its files into ${shownPath(root, context)}`
    : `download ${archives} from ${card.homepage} and unpack into ${shownPath(root, context)}`;
}
