import { complain, reasonOf } from "../../core/errors.ts";
import type { PredictedMask, PredictedRound, Predictions, RoundName } from "../../core/predictions.ts";
import type { RowPrompt } from "../../core/rows.ts";
import type { BitMask, TargetContext } from "../../core/types.ts";
import type { UnitJob, UnitResult } from "../unit.ts";
import { imageRows, type RowSettings } from "./image-rows.ts";
import { maskOf } from "./rows.ts";
import type { Player } from "./run-protocol.ts";
import { scoreMasks } from "./score-round.ts";

/** The protocol that masks made elsewhere are said to follow. */
export interface DeclaredProtocol {
  readonly id: string;
  /** Clicks of a round that does not say. */
  readonly firstClicks: number;
  /** A target may end before the last round that others have. */
  readonly mayEndEarly: boolean;
  /** The prompts of a target, as a row lists them; empty where they are not known. */
  promptsOf(context: TargetContext): readonly RowPrompt[];
}

export interface ScoringSettings extends RowSettings<DeclaredProtocol> {
  readonly predictions: Predictions;
  /** Collect the selected masks. */
  readonly masks: boolean;
}

export interface ScoredImage extends UnitResult {
  /** Names that predictions have and the image's targets have not. */
  readonly unknown: readonly string[];
  /** Ids of the image's targets. */
  readonly targets: readonly string[];
}

/** Masks made elsewhere against one image's targets: the same rows as a model's, whatever is wrong with them a reason. */
export async function scoreImage(job: UnitJob, settings: ScoringSettings): Promise<ScoredImage> {
  let unknown: readonly string[] = [];
  let targets: readonly string[] = [];
  const result = await imageRows(job, settings, async (sample, watch) => {
    targets = sample.targets.map(({ id }) => id);
    const predicted = settings.predictions.of(job.unit.image, targets);
    ({ unknown } = predicted);
    return {
      async play(protocol, players) {
        for (const player of players) {
          const rounds = predicted.rounds.get(player.context.target.id) ?? [];
          await watch
            .wait("score", () => scoreTarget(protocol, player, rounds, settings))
            .catch((error: unknown) => {
              player.failure = reasonOf(error);
            });
        }
      },
    };
  });
  return { ...result, unknown, targets };
}

async function scoreTarget(
  protocol: DeclaredProtocol,
  player: Player,
  rounds: readonly PredictedRound[],
  { predictions, masks }: ScoringSettings,
): Promise<void> {
  const { target } = player.context;
  checkRounds(protocol, rounds, predictions, target.id);
  player.prompts.push(...protocol.promptsOf(player.context));
  for (const round of rounds) {
    const name = { clicks: round.clicks ?? protocol.firstClicks, ...drawOf(round) };
    const scores = scoresOf(round.candidates, `${predictions.name}, target ${target.id}`);
    const read: BitMask[] = [];
    for (const candidate of round.candidates) read.push(await readMask(candidate, player.context));
    const oracle = read.length > 1 && name.clicks <= 1 && name.draw === undefined;
    const { chosen, entry } = scoreMasks({ ...player, target }, name, scores, read, oracle);
    player.entries.push(entry);
    if (masks) player.masks.push(maskOf(name, read[chosen]!));
  }
}

/** A round that others have and this target has not would leave it out of some means in silence. */
function checkRounds(
  { mayEndEarly, firstClicks }: DeclaredProtocol,
  rounds: readonly PredictedRound[],
  predictions: Predictions,
  id: string,
): void {
  const where = `${predictions.name}, target ${id}`;
  if (rounds.length === 0) throw complain({ where, what: "there is no mask for it" });
  const nameOf = (round: RoundName) => `${round.clicks ?? firstClicks} ${round.draw ?? ""}`;
  const has = new Set(rounds.map(nameOf));
  const missing = predictions.rounds.filter((round) => !has.has(nameOf(round)));
  if (missing.length === 0 || mayEndEarly) return;
  const { clicks = firstClicks, draw } = missing[0]!;
  const what = draw === undefined ? `${clicks} clicks` : `${clicks} clicks, draw ${draw}`;
  throw complain({ where, what: `there is no mask for ${what}, which other targets have` });
}

function scoresOf(candidates: readonly PredictedMask[], where: string): number[] {
  const scores = candidates.flatMap(({ score }) => (score === undefined ? [] : [score]));
  if (scores.length === candidates.length) return scores;
  if (candidates.length === 1) return [1];
  throw complain({
    where,
    what: "several masks without scores: which one counts?",
    expected: `${candidates.length} scores`,
    got: String(scores.length),
  });
}

async function readMask(candidate: PredictedMask, { target, size }: TargetContext): Promise<BitMask> {
  const mask = await candidate.read(size);
  if (mask.width === size.width && mask.height === size.height) return mask;
  throw complain({
    where: `${candidate.name}, target ${target.id}`,
    what: "the mask has another size than its image",
    expected: `${size.width}x${size.height}`,
    got: `${mask.width}x${mask.height}`,
  });
}

function drawOf({ draw }: RoundName): RoundName {
  return draw === undefined ? {} : { draw };
}
