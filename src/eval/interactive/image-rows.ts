import { complain, reasonOf } from "../../core/errors.ts";
import { draw } from "../../core/random.ts";
import type { MaskRow, Row, RowKey } from "../../core/rows.ts";
import type { Metric, Sample, Target, TargetContext } from "../../core/types.ts";
import { Stopwatch } from "../stopwatch.ts";
import type { UnitJob, UnitResult } from "../unit.ts";
import { rowOf } from "./rows.ts";
import type { Player } from "./run-protocol.ts";
import type { Scorer } from "./score-round.ts";

/** The target of a row that speaks for all targets of an image that could not be read. */
const ALL_TARGETS = "*";

export interface RowSettings<P> {
  readonly protocols: readonly P[];
  readonly metrics: readonly Metric[];
  readonly seed: string;
  readonly clock: () => number;
}

/** What an image's targets go through: every protocol in turn, then what was opened for the image is given back. */
export interface ImagePlay<P> {
  play(protocol: P, players: readonly Player[]): Promise<void>;
  close?(): Promise<void>;
}

/**
 * The rows of one image: it is read, `open` prepares it (not where no target is scored), `play` fills the players of each
 * protocol. Nothing that goes wrong with an image or a target is thrown: it becomes rows with a reason. Rows come by
 * protocol, then target.
 */
export async function imageRows<P extends { readonly id: string }>(
  { unit, ref }: UnitJob,
  settings: RowSettings<P>,
  open: (sample: Sample, watch: Stopwatch) => Promise<ImagePlay<P>>,
): Promise<UnitResult> {
  const watch = new Stopwatch(settings.clock);
  const key = (protocol: P, target: string): RowKey => ({
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
    const played = contestants.length === 0 ? undefined : await open(sample, watch);
    try {
      for (const protocol of settings.protocols) {
        const players = contestants.map((one): Player => ({ ...one, entries: [], prompts: [], masks: [] }));
        await played?.play(protocol, players);
        const byTarget = new Map(players.map((player) => [player.context.target.id, player]));
        for (const entry of sample.targets) {
          const player = byTarget.get(entry.id);
          const row = rowOf(key(protocol, entry.id), entry, player);
          rows.push(row);
          if (row.status !== "ok") continue;
          const { model, benchmark, image, target } = row;
          for (const mask of player?.masks ?? [])
            masks.push({ model, benchmark, protocol: protocol.id, image, target, ...mask });
        }
      }
    } finally {
      await played?.close?.();
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

function contestantsOf(
  { image, targets }: Sample,
  unit: UnitJob["unit"],
  { seed, metrics }: Pick<RowSettings<unknown>, "seed" | "metrics">,
): Pick<Player, "context" | "scorer">[] {
  const size = { width: image.width, height: image.height };
  return targets.flatMap((target) => {
    if (target.status !== "ok") return [];
    const context: TargetContext = {
      benchmark: unit.benchmark,
      image: unit.image,
      target,
      size,
      draw: (purpose, number) => draw(seed, unit.benchmark, unit.image, target.id, purpose, number),
    };
    return [{ context, scorer: scorerOf(target, metrics) }];
  });
}

/** What depends on the target alone is prepared once for all protocols. */
function scorerOf(target: Target, metrics: readonly Metric[]): Scorer {
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
