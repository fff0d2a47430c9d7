// Turns one sample into rows, for any task.
import { complain, reasonOf } from "../core/errors.ts";
import { given } from "../core/given.ts";
import type { MaskRow, Row, RowKey } from "../core/rows.ts";
import type { Sample, Session } from "../core/types.ts";
import { Stopwatch } from "./stopwatch.ts";
import type {
  Entry,
  EvaluationSettings,
  Opened,
  Outcome,
  Task,
  TaskProtocol,
  UnitJob,
  UnitResult,
} from "./task.ts";

/** Target of the row that stands for all entries of an unreadable sample. */
const ALL = "*";

/** All protocols of one model on one sample, which is read and opened once. */
export function evaluateSample<S extends Sample, M extends Session, P extends TaskProtocol>(
  task: Task<S, M, P>,
  job: UnitJob<S>,
  session: M,
  settings: EvaluationSettings<P>,
): Promise<UnitResult> {
  const { unit, scoring = {} } = job;
  const { metrics, seed, masks, onSteps, protocols } = settings;
  return sampleRows(job, settings, entriesOf(task), (sample, watch) =>
    task.open(sample, session, {
      ...{ benchmark: unit.benchmark, sample: unit.sample, scoring, only: job.ref.only },
      ...{ metrics, seed, masks, watch, onSteps, protocols },
    }),
  );
}

/**
 * The rows of a sample that no model evaluates: every entry to be scored fails with `reason`. Without `read`
 * it is not read either.
 */
export function failSample<S extends Sample, M extends Session, P extends TaskProtocol>(
  task: Task<S, M, P>,
  job: UnitJob<S>,
  settings: EvaluationSettings<P>,
  { reason, read }: { readonly reason: string; readonly read: boolean },
): Promise<UnitResult> {
  const load = read ? job.ref.load : () => Promise.reject(new Error(reason));
  const failing = { ...job, ref: { ...job.ref, load } };
  const entries = entriesOf(task);
  return sampleRows(failing, settings, entries, async (sample) => ({
    evaluate: async () => scored(entries(sample)).map(() => ({ failure: reason })),
  }));
}

function entriesOf<S extends Sample>({ name, kind, entries }: Pick<Task<S>, "name" | "kind" | "entries">) {
  return (sample: S): readonly Entry[] => {
    if (sample.kind === kind) return entries(sample);
    throw complain(`task ${name}`, "evaluates other samples", { expected: kind, got: sample.kind });
  };
}

/**
 * The rows of one sample: it is read, `open` prepares it (unless nothing is to be scored), and every protocol
 * gives an outcome for each entry. Errors of a sample or an entry are not thrown but become rows with a
 * reason. Rows are ordered by protocol, then entry.
 */
export async function sampleRows<S extends Sample, P extends { readonly id: string }>(
  { unit, ref }: UnitJob<S>,
  { protocols, clock }: { readonly protocols: readonly P[]; readonly clock: () => number },
  entriesIn: (sample: S) => readonly Entry[],
  open: (sample: S, watch: Stopwatch) => Promise<Opened<P>>,
): Promise<UnitResult> {
  const watch = new Stopwatch(clock);
  const { model, benchmark, sample: id } = unit;
  const keyOf = (protocol: P, target: string): RowKey => ({
    ...{ model, benchmark, protocol: protocol.id, sample: id, cluster: ref.cluster, target },
  });
  const rows: Row[] = [];
  const masks: MaskRow[] = [];
  try {
    const sample = await watch.wait("read", () => ref.load());
    const entries = entriesIn(sample);
    checkIds(entries);
    const { only } = ref;
    const isWanted = ({ id: entry }: Entry) => only?.has(entry) ?? true;
    watch.targets = scored(entries).filter(isWanted).length;
    const opened = watch.targets === 0 ? undefined : await open(sample, watch);
    try {
      for (const protocol of protocols) {
        const outcomes = (await opened?.evaluate(protocol)) ?? [];
        let next = 0;
        for (const entry of entries) {
          const outcome = entry.status === "ok" ? outcomes[next++] : undefined;
          if (!isWanted(entry)) continue;
          const { cluster: _, ...maskKey } = keyOf(protocol, entry.id);
          rows.push(rowOf(keyOf(protocol, entry.id), entry, outcome));
          if (outcome !== undefined && "masks" in outcome)
            for (const mask of outcome.masks) masks.push({ ...maskKey, ...mask });
        }
      }
    } finally {
      await opened?.close?.();
    }
  } catch (error) {
    const reason = reasonOf(error);
    rows.length = 0;
    masks.length = 0;
    for (const protocol of protocols) rows.push({ ...keyOf(protocol, ALL), status: "failed", reason });
  }
  return { unit, rows, masks, timing: watch.timing() };
}

function scored(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ status }) => status === "ok");
}

function rowOf(key: RowKey, entry: Entry, outcome: Outcome | undefined): Row {
  const category = given({ category: entry.category });
  if (entry.status !== "ok") return { ...key, status: entry.status, reason: entry.reason, ...category };
  if (outcome !== undefined && "dropped" in outcome)
    return { ...key, status: "dropped", reason: outcome.dropped, ...category };
  if (outcome === undefined || "failure" in outcome)
    return { ...key, status: "failed", reason: outcome?.failure ?? "it was not evaluated", ...category };
  const { size, area, box, steps = [], ...rest } = outcome.row;
  return { ...key, status: "ok", ...given({ size, area, box }), ...category, ...rest, steps };
}

function checkIds(entries: readonly Entry[]): void {
  const seen = new Set<string>();
  for (const { id } of entries) {
    if (seen.has(id)) throw complain(`target ${id}`, "this id occurs twice in the sample");
    seen.add(id);
  }
}
