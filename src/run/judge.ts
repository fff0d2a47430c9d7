import { join } from "node:path";
import { type FoundCard, listCards, packageFolder, registries, renderProblem } from "../config/index.ts";
import { validateDefaults } from "../core/defaults.ts";
import { reasonOf } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import { checkDataset, type DatasetCheck } from "../datasets/inspect.ts";
import { holdsData, howToGet, rootOf, shownPath } from "./data-folder.ts";
import { estimateRun, type RunEstimate, secondsOf, type Timing } from "./estimate.ts";

export type Verdict =
  /** Not there: no error. */
  | { readonly name: string; readonly status: "absent"; readonly wanted: string }
  /** The card, or the set as a whole, cannot be read. */
  | {
      readonly name: string;
      readonly status: "invalid";
      readonly problems: readonly string[];
      readonly wanted?: string;
    }
  | {
      readonly name: string;
      readonly status: "fine" | "part" | "wrong";
      readonly check: DatasetCheck;
      /** Where the rest is to be had. */
      readonly wanted?: string;
      readonly run: RunEstimate;
    };

export interface JudgeOptions {
  readonly data: string;
  /** As given on the command line, to be repeated in advice. */
  readonly given: string | undefined;
  readonly full: boolean;
  readonly timing: Timing | undefined;
}

export async function judge(
  { name, value: card, problems }: FoundCard<"benchmark">,
  { data, given, full, timing }: JudgeOptions,
): Promise<Verdict> {
  if (card === undefined) return { name, status: "invalid", problems: problems.map(renderProblem) };
  const root = rootOf(card, data);
  const wanted = howToGet(card, root, given);
  if (!holdsData(root, card)) return { name, status: "absent", wanted };
  // Pull replaces nothing that is there.
  const rest = card.download === undefined ? wanted : `move ${shownPath(root)} away, then: ${wanted}`;
  try {
    const refs = await registries.openDataset(card, root).list();
    const samples = validateDefaults.samples;
    const check = await checkDataset(card, { list: async () => refs }, { full, samples });
    const { refs: chosen, ...run } = estimateRun(card, refs, check.masksPerImage);
    const seconds =
      timing === undefined ? undefined : await secondsOf({ refs: chosen, masks: run.masks }, timing);
    const status = check.problems.length > 0 ? "wrong" : check.part ? "part" : "fine";
    return {
      ...{ name, status, check },
      ...(status === "fine" ? {} : { wanted: rest }),
      run: seconds === undefined ? run : { ...run, seconds },
    };
  } catch (error) {
    const nothing = /there is no such file|no image was found/.test(reasonOf(error));
    if (nothing && (await othersRead(card, root))) return { name, status: "absent", wanted };
    return { name, status: "invalid", problems: [reasonOf(error)], wanted: rest };
  }
}

/** Where cards share a folder (splits, editions), data of one are no broken data of another. */
async function othersRead(card: DatasetCard, root: string): Promise<boolean> {
  const all = await listCards("benchmark", { cwd: process.cwd(), env: process.env });
  for (const { value: other } of all) {
    if (other === undefined || other.name === card.name) continue;
    if ((other.root ?? other.name) !== (card.root ?? card.name)) continue;
    const refs = await registries
      .openDataset(other, root)
      .list()
      .catch(() => []);
    if (refs.length > 0) return true;
  }
  return false;
}

const miniatures = join(packageFolder, "datasets", "samples");

/** The bundled miniature of a card, every image decoded and its counts exact; undefined for cards without one. */
export async function judgeMiniature({
  name,
  value: card,
  problems,
}: FoundCard<"benchmark">): Promise<Verdict | undefined> {
  if (card === undefined) return { name, status: "invalid", problems: problems.map(renderProblem) };
  if (card.miniature === undefined) return undefined;
  const root = rootOf(card, miniatures);
  const small: DatasetCard = { ...card, expected: card.miniature };
  if (!holdsData(root, card))
    return { name, status: "invalid", problems: [`the miniature is missing: ${shownPath(root)}`] };
  try {
    const refs = await registries.openDataset(small, root).list();
    const check = await checkDataset(small, { list: async () => refs }, { full: true, exact: true });
    const { refs: _, ...run } = estimateRun(small, refs, check.masksPerImage);
    return { name, status: check.problems.length === 0 ? "fine" : "wrong", check, run };
  } catch (error) {
    return { name, status: "invalid", problems: [reasonOf(error)] };
  }
}
