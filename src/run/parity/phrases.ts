// Two models of phrases opened for a parity check.
import { openPreparedConcept } from "../../config/models/open.ts";
import type { PreparedPair } from "../../config/runs/pair.ts";
import { parityDefaults } from "../../core/defaults.ts";
import type { ParityPhraseStages, ParityRow } from "../../core/parity.ts";
import type { ParitySideName } from "../../core/parity-sets.ts";
import type { ConceptPrompt, ConceptSample } from "../../core/types.ts";
import type { QueryProtocol, UnitJob } from "../../eval/index.ts";
import { conceptFamilies } from "../../models/index.ts";
import { tapHost } from "../../models/runtime/tap.ts";
import { phraseCauses } from "../../parity/phrases/causes.ts";
import { openPhrases } from "../../parity/phrases/pair.ts";
import { type PlayedPhrases, playPhrases, promptKey } from "../../parity/phrases/play-phrases.ts";
import type { ProbedImage } from "../../parity/phrases/probe.ts";
import { worstSamples } from "../../parity/summarize.ts";
import type { Context } from "../context.ts";
import { unitJobs } from "../units.ts";
import { both, farthest, inFolder, settingsOf } from "./open.ts";
import { median, type OpenPair, type PairJob } from "./pairs.ts";

export async function openPhrasePair(runs: PreparedPair, context: Context): Promise<OpenPair> {
  const { reference } = runs;
  const pair = await both(runs, async ({ models, plan }) => {
    const { name, card, files } = models[0]!;
    const opening = { name, card, files, family: conceptFamilies[card.family]! };
    return openPhrases(opening, (wrap) => openPreparedConcept(models[0]!, plan, wrap), tapHost);
  });
  const protocols = reference.protocols as readonly QueryProtocol[];
  const settings = { ...settingsOf(reference, context), protocols };
  const jobs = unitJobs(reference) as readonly UnitJob<ConceptSample>[];
  const asked = new Map<ParityRow, ConceptPrompt>();
  const spent: PlayedPhrases["partTimes"][] = [];
  return {
    ...pair,
    async play(job, onSteps) {
      const { prompts, partTimes, ...played } = await playPhrases(
        job as { [side in keyof PairJob]: UnitJob<ConceptSample> },
        pair,
        { ...settings, onSteps },
      );
      for (const [row, prompt] of prompts) asked.set(row, prompt);
      spent.push(partTimes);
      return { ...played, prompted: [] };
    },
    partTimes: () =>
      Object.fromEntries(
        (["encoder", "text", "decoder"] as const)
          .map((part) => {
            const of = (side: ParitySideName) => spent.flatMap((one) => one[side][part]);
            return [part, { reference: of("reference"), candidate: of("candidate") }] as const;
          })
          .filter(([, { reference, candidate }]) => reference.length > 0 && candidate.length > 0)
          .map(([part, { reference, candidate }]) => [
            part,
            { reference: median(reference), candidate: median(candidate) },
          ]),
      ),
    async causes(rows) {
      const worst = farthest(worstSamples(rows, parityDefaults.probedSamples), jobs);
      const { signal } = context;
      let phrases: ParityPhraseStages = { stages: [] };
      const found = await inFolder(context, async (folder) => {
        // What differs nowhere is tried all the same: its stages are told.
        const images = await probedImages(worst.length > 0 ? worst : jobs.slice(0, 1), rows, asked);
        const { stages, ...causes } = await phraseCauses({ pair, images, folder, signal });
        phrases = { stages };
        return causes;
      });
      return { ...found, phrases };
    },
    picture: async (ref) => ((await ref.load()) as ConceptSample).image(),
  };
}

/** Prompts of an image that are tried: a call of SAM 3's decoder answers with 66 MB. */
const PROBED = 2;

/** Images with the prompts on which answers are farthest apart, as they were sent; those with other tokens first. */
async function probedImages(
  jobs: readonly UnitJob<ConceptSample>[],
  rows: readonly ParityRow[],
  asked: ReadonlyMap<ParityRow, ConceptPrompt>,
): Promise<ProbedImage[]> {
  const images: ProbedImage[] = [];
  for (const { unit, ref } of jobs) {
    const apart = rows.flatMap((row) => {
      if (row.kind !== "target" || row.benchmark !== unit.benchmark || row.sample !== unit.sample) return [];
      const { agreement = 0, phrase } = row.steps[0]?.paths.candidate ?? {};
      const prompt = asked.get(row);
      return prompt === undefined
        ? []
        : [{ prompt, apart: phrase?.sameTokens === false ? 2 : 1 - agreement }];
    });
    const farthest = apart.sort((a, b) => b.apart - a.apart).map(({ prompt }) => prompt);
    const known = new Map(farthest.map((prompt) => [promptKey(prompt), prompt]));
    const prompts = [...known.values()].slice(0, PROBED);
    const sample = await ref.load();
    images.push({ image: await sample.image(), prompts });
  }
  return images;
}
