// Benchmark cards against what is on disk: what is there, what is wrong with it, and what a run over it would take.

import { join } from "node:path";
import { type FoundCard, listCards, packageFolder, registries } from "../config/index.ts";
import { validateDefaults } from "../core/defaults.ts";
import { codeOf, reasonOf, renderProblem } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import { checkDataset } from "../datasets/inspect.ts";
import { type Context, shownPath } from "./context.ts";
import { type Around, chosenCards, dataFolder, holdsData, howToGet, rootOf } from "./data-folder.ts";
import { estimateRun, openTimed, secondsOf, type Timing } from "./estimate.ts";
import type { Verdict } from "./verdict.ts";

export interface ValidateOptions {
  /** Folder of the benchmarks' data. */
  readonly data?: string | undefined;
  /** Decode every image and mask, not a few. */
  readonly full?: boolean | undefined;
  /** A model to time a few targets with. */
  readonly model?: string | undefined;
  /** The bundled miniatures against the exact counts of their cards. */
  readonly samples?: boolean | undefined;
}

/** Cards (all of them where none is named) against what is on disk; each verdict is also an event as soon as it is known. */
export async function validate(
  names: readonly string[],
  { data: given, full = false, model, samples = false }: ValidateOptions,
  context: Context,
): Promise<readonly Verdict[]> {
  const data = dataFolder(given, context);
  const cards = await chosenCards("validate", names, context);
  const timing = model === undefined ? undefined : await openTimed(model, context);
  const verdicts: Verdict[] = [];
  try {
    for (const card of cards) {
      if (context.signal.aborted) break;
      const verdict = samples
        ? await judgeMiniature(card, context)
        : await judge(card, { data, given, full, timing }, context);
      if (verdict === undefined) continue;
      verdicts.push(verdict);
      context.onEvent({ type: "verdict", verdict, timing });
    }
  } finally {
    await timing?.session.close();
  }
  return verdicts;
}

/** Something is there and is wrong; what is absent is not an error. */
export const isWrong = ({ status }: Verdict): boolean => status === "wrong" || status === "invalid";

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
  context: Context,
): Promise<Verdict> {
  if (card === undefined) return { name, status: "invalid", problems: problems.map(renderProblem) };
  const root = rootOf(card, data);
  const wanted = howToGet(card, root, given, context);
  if (!holdsData(root, card)) return { name, status: "absent", wanted };
  // Pull replaces nothing that is there.
  const rest =
    card.download === undefined ? wanted : `move ${shownPath(root, context)} away, then: ${wanted}`;
  try {
    const refs = await registries.openDataset(card, root).list();
    const samples = validateDefaults.samples;
    const check = await checkDataset(card, { list: async () => refs }, { full, samples });
    const { refs: chosen, ...run } = estimateRun(card, refs, check.masksPerImage);
    const seconds =
      timing === undefined
        ? undefined
        : await secondsOf({ refs: chosen, masks: run.masks }, timing, context.clock);
    const status = check.problems.length > 0 ? "wrong" : check.part ? "part" : "fine";
    return {
      ...{ name, status, check },
      ...(status === "fine" ? {} : { wanted: rest }),
      run: seconds === undefined ? run : { ...run, seconds },
    };
  } catch (error) {
    const code = codeOf(error);
    if ((code === "not-found" || code === "no-samples") && (await othersRead(card, root, context)))
      return { name, status: "absent", wanted };
    return { name, status: "invalid", problems: [reasonOf(error)], wanted: rest };
  }
}

/** Where cards share a folder (splits, editions), data of one are not broken data of another. */
async function othersRead(card: DatasetCard, root: string, around: Around): Promise<boolean> {
  const all = await listCards("benchmark", around);
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
export async function judgeMiniature(
  { name, value: card, problems }: FoundCard<"benchmark">,
  context: Context,
): Promise<Verdict | undefined> {
  if (card === undefined) return { name, status: "invalid", problems: problems.map(renderProblem) };
  if (card.miniature === undefined) return undefined;
  const root = rootOf(card, miniatures);
  const small: DatasetCard = { ...card, expected: card.miniature };
  if (!holdsData(root, card))
    return { name, status: "invalid", problems: [`the miniature is missing: ${shownPath(root, context)}`] };
  try {
    const refs = await registries.openDataset(small, root).list();
    const check = await checkDataset(small, { list: async () => refs }, { full: true, exact: true });
    const { refs: _, ...run } = estimateRun(small, refs, check.masksPerImage);
    return { name, status: check.problems.length === 0 ? "fine" : "wrong", check, run };
  } catch (error) {
    return { name, status: "invalid", problems: [reasonOf(error)] };
  }
}
