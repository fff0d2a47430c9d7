import { complain, reasonOf } from "../core/errors.ts";
import type { Unit } from "../core/plan.ts";
import { draw } from "../core/random.ts";
import type { MaskRow, Row, RowKey } from "../core/rows.ts";
import type { Embedding, ModelSession, Protocol, Sample, Target, TargetContext } from "../core/types.ts";
import { rowOf } from "./rows.ts";
import { type Player, runProtocol } from "./run-protocol.ts";
import type { Scorer } from "./score-round.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { EvaluationSettings, UnitJob, UnitResult } from "./unit.ts";

/** The target of a row that speaks for all targets of an image that could not be read. */
const ALL_TARGETS = "*";

type Contestant = Pick<Player, "context" | "scorer">;
type Encoded = { readonly embedding: Embedding } | { readonly failure: string };

/**
 * All protocols of one model on one image: read it, encode it once, play every protocol with its targets. Nothing that
 * goes wrong with an image or a target is thrown: it becomes rows with a reason. Rows come by protocol, then target.
 */
export async function evaluateImage(
  { unit, ref }: UnitJob,
  session: ModelSession,
  settings: EvaluationSettings,
): Promise<UnitResult> {
  const watch = new Stopwatch(settings.clock);
  const key = (protocol: Protocol, target: string): RowKey => ({
    model: unit.model,
    benchmark: unit.benchmark,
    protocol: protocol.id,
    image: unit.image,
    cluster: ref.cluster,
    target,
  });
  const rows: Row[] = [];
  const masks: MaskRow[] = [];
  try {
    const sample = await watch.wait("read", () => ref.load());
    checkIds(sample);
    const contestants = contestantsOf(sample, unit, settings);
    watch.targets = contestants.length;
    const encoded = contestants.length === 0 ? { failure: "" } : await encode(session, sample, watch);
    try {
      for (const protocol of settings.protocols) {
        const players = await play(protocol, contestants, encoded, session, settings, watch);
        for (const entry of sample.targets) {
          const player = players.get(entry.id);
          const row = rowOf(key(protocol, entry.id), entry, player);
          rows.push(row);
          if (row.status !== "ok") continue;
          const { model, benchmark, image, target } = row;
          for (const mask of player?.masks ?? [])
            masks.push({ model, benchmark, protocol: protocol.id, image, target, ...mask });
        }
      }
    } finally {
      // An embedding that cannot be given back costs no score: a host that is gone fails the next image.
      if ("embedding" in encoded) await session.release(encoded.embedding).catch(() => undefined);
    }
  } catch (error) {
    const reason = reasonOf(error);
    rows.splice(
      0,
      rows.length,
      ...settings.protocols.map(
        (protocol): Row => ({ ...key(protocol, ALL_TARGETS), status: "failed", reason }),
      ),
    );
    masks.length = 0;
  }
  return { unit, rows, masks, timing: watch.timing() };
}

async function play(
  protocol: Protocol,
  contestants: readonly Contestant[],
  encoded: Encoded,
  session: ModelSession,
  { masks }: EvaluationSettings,
  watch: Stopwatch,
): Promise<ReadonlyMap<string, Player>> {
  const players = contestants.map((one): Player => ({ ...one, entries: [], prompts: [], masks: [] }));
  if ("embedding" in encoded)
    await runProtocol(protocol, players, { session, embedding: encoded.embedding, watch, masks });
  else for (const player of players) player.failure = encoded.failure;
  return new Map(players.map((player) => [player.context.target.id, player]));
}

async function encode(session: ModelSession, { image }: Sample, watch: Stopwatch): Promise<Encoded> {
  try {
    return { embedding: await watch.wait("encode", () => session.encode(image)) };
  } catch (error) {
    return { failure: `image encoder: ${reasonOf(error)}` };
  }
}

function contestantsOf({ image, targets }: Sample, unit: Unit, settings: EvaluationSettings): Contestant[] {
  const size = { width: image.width, height: image.height };
  return targets.flatMap((target) => {
    if (target.status !== "ok") return [];
    const context: TargetContext = {
      target,
      size,
      draw: (purpose, number) => draw(settings.seed, unit.benchmark, unit.image, target.id, purpose, number),
    };
    return [{ context, scorer: scorerOf(target, settings) }];
  });
}

/** What depends on the target alone is prepared once for all protocols. */
function scorerOf(target: Target, { metrics }: EvaluationSettings): Scorer {
  const scorers = metrics.map((metric) => [metric.name, metric.against(target)] as const);
  return (mask) =>
    Object.fromEntries(scorers.map(([name, score]) => [name, score(mask)])) as ReturnType<Scorer>;
}

function checkIds({ targets }: Sample): void {
  const seen = new Set<string>();
  for (const { id } of targets) {
    if (seen.has(id)) throw complain({ where: `target ${id}`, what: "this id occurs twice in the image" });
    seen.add(id);
  }
}
