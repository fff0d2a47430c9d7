// What opening a pair of models is made of, whatever they take.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PreparedPair } from "../../config/runs/pair.ts";
import { reasonOf } from "../../core/errors.ts";
import type { ParityClips, ParityDiagnosis, ParityPhraseStages } from "../../core/parity.ts";
import type { Sample, Session } from "../../core/types.ts";
import type { UnitJob } from "../../eval/index.ts";
import type { worstSamples } from "../../parity/summarize.ts";
import type { Context } from "../context.ts";

type Run = PreparedPair["reference"];

export interface FoundCauses {
  readonly diagnoses: readonly ParityDiagnosis[];
  readonly remarks: readonly string[];
  readonly clips?: ParityClips;
  readonly phrases?: ParityPhraseStages;
}

export function settingsOf({ metrics, plan }: Run, { clock }: Context) {
  return { metrics, seed: plan.seed, masks: plan.masks, clock };
}

export async function both<M extends { readonly session: Session }>(
  { reference, candidate }: PreparedPair,
  open: (run: Run) => Promise<M>,
): Promise<{ readonly reference: M; readonly candidate: M; close(): Promise<void> }> {
  const first = await open(reference);
  try {
    const second = await open(candidate);
    const close = async () => void (await Promise.all([first.session.close(), second.session.close()]));
    return { reference: first, candidate: second, close };
  } catch (error) {
    await first.session.close();
    throw error;
  }
}

/** Those that are farthest apart. */
export function farthest<S extends Sample>(
  worst: ReturnType<typeof worstSamples>,
  jobs: readonly UnitJob<S>[],
): UnitJob<S>[] {
  return worst.flatMap(
    ({ benchmark, sample }) =>
      jobs.find(({ unit }) => unit.benchmark === benchmark && unit.sample === sample) ?? [],
  );
}

export async function inFolder(
  { signal }: Context,
  search: (folder: string) => Promise<FoundCauses>,
): Promise<FoundCauses> {
  const folder = await mkdtemp(join(tmpdir(), "segbench-parity-"));
  try {
    return await search(folder);
  } catch (error) {
    const remark = signal.aborted ? "was stopped before the end" : `failed: ${reasonOf(error)}`;
    return { diagnoses: [], remarks: [`the search for causes ${remark}`] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
