import { reasonOf } from "../../core/errors.ts";
import type { MaskRow, RowPrompt, RowRound } from "../../core/rows.ts";
import type {
  Ask,
  Embedding,
  ModelSession,
  Prediction,
  Protocol,
  Round,
  TargetContext,
} from "../../core/types.ts";
import type { Stopwatch } from "../stopwatch.ts";
import { checkInside, checkNewClicks } from "./check-click.ts";
import { maskOf, newPrompts } from "./rows.ts";
import { type Scorer, scoreRound } from "./score-round.ts";

/** One target on its way through a protocol, and what has been written down so far. */
export interface Player {
  readonly context: TargetContext;
  readonly scorer: Scorer;
  readonly entries: RowRound[];
  readonly prompts: RowPrompt[];
  readonly masks: Pick<MaskRow, "clicks" | "draw" | "rle">[];
  last?: Round;
  failure?: string;
}

export interface Table {
  readonly session: ModelSession;
  readonly embedding: Embedding;
  readonly watch: Stopwatch;
  /** Keep the selected masks of reported rounds. */
  readonly masks: boolean;
}

/**
 * The whole protocol for the targets of one image: prompt, decode, choose, score; again until the strategy has nothing
 * more to ask. The targets of a batch advance in step, so that one decoder call serves them all; batches are formed once,
 * from the targets in order, so that what a target shares a call with depends on its image alone.
 */
export async function runProtocol(
  protocol: Protocol,
  players: readonly Player[],
  table: Table,
): Promise<void> {
  const size = table.session.capabilities.batch;
  for (let from = 0; from < players.length; from += size) {
    const batch = players.slice(from, from + size);
    let active = batch;
    while (active.length > 0) active = await playRound(protocol, active, table);
    // What is fed back is a view of a whole call's logits: images have hundreds of targets, calls tens of megabytes.
    for (const player of batch) delete player.last;
  }
}

/** One round of one batch; returns the players that go on. */
async function playRound(protocol: Protocol, players: readonly Player[], table: Table): Promise<Player[]> {
  const { session, embedding, watch } = table;
  const asking: { readonly player: Player; readonly ask: Ask }[] = [];
  for (const player of players) {
    const ask = attempt(player, () => watch.time("click", () => nextAsk(protocol, player)));
    if (ask !== undefined) asking.push({ player, ask });
  }
  if (asking.length === 0) return [];
  const predictions = await watch
    .model("decode", "postprocess", (cost) =>
      session.decode(
        embedding,
        asking.map(({ ask }) => ask.prompt),
        cost,
      ),
    )
    .catch((error: unknown): Prediction[] =>
      asking.map(() => ({ status: "failed", reason: reasonOf(error) })),
    );
  watch.prompts += asking.length;
  asking.forEach(({ player, ask }, i) => {
    attempt(player, () => finishRound(protocol, player, ask, predictions[i], table));
  });
  return asking.map(({ player }) => player).filter(({ failure }) => failure === undefined);
}

function nextAsk(protocol: Protocol, { context, entries, last }: Player): Ask | undefined {
  const ask = protocol.next(context, entries.length, last);
  if (ask === undefined) return ask;
  if (protocol.recorded === true) checkInside(context.target, ask);
  else checkNewClicks(context.target, ask, protocol.dialogue ? last : undefined);
  return ask;
}

function finishRound(
  protocol: Protocol,
  player: Player,
  ask: Ask,
  prediction: Prediction | undefined,
  { session, watch, masks }: Table,
): void {
  if (prediction?.status !== "ok") {
    player.failure = prediction?.reason ?? "the model returned fewer predictions than prompts";
    return;
  }
  const { round, entry } = scoreRound(player, ask, prediction.candidates, session, watch);
  player.entries.push(entry);
  const prompts = newPrompts(ask.prompt, player.last?.prompt);
  watch.clicks += prompts.filter((prompt) => "label" in prompt).length;
  player.prompts.push(...prompts);
  if (masks && protocol.reported.includes(ask.clicks)) player.masks.push(maskOf(ask, round.mask));
  player.last = round;
}

/** A mistake about one target is that target's failure and nobody else's. */
function attempt<T>(player: Player, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    player.failure = reasonOf(error);
    return undefined;
  }
}
