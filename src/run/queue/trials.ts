// The trial by which machines that work on one run are compared.
import { complain } from "../../core/errors.ts";
import { modelOf, type Plan } from "../../core/plan.ts";
import type { Row } from "../../core/rows.ts";
import type { Sample } from "../../core/types.ts";
import type { Task, UnitJob } from "../../eval/index.ts";
import type { FilesRead } from "../../formats/files-read.ts";
import type { RunQueue } from "../../queue/broker.ts";
import { hashOfText } from "../../queue/part.ts";
import type { UnitText } from "../../store/journal.ts";
import type { HeldUnits } from "./held-blocks.ts";

/** Targets of an image that all machines must agree in. */
const TARGETS = 2;

/** How many targets a trial looks at: of images the first ones that are not dropped, of anything else all. */
export function trialTargets({ kind, whole }: Pick<Task, "kind" | "whole">): number | undefined {
  return kind === "image" && whole !== true ? TARGETS : undefined;
}

/** What machines compare: the rows and masks of so many targets, whether or not the unit was computed with the others. */
export function trialHash(text: Pick<UnitText, "rows" | "masks">, targets: number | undefined): string {
  if (targets === undefined) return hashOfText(text);
  const rows = linesWithTargets(text.rows);
  const first = new Set([...new Set(rows.filter(isLookedAt).map(({ target }) => target))].slice(0, targets));
  const chosen = (lines: ReturnType<typeof linesWithTargets>) =>
    lines.flatMap(({ target, line }) => (first.has(target) ? [line] : [])).join("\n");
  return hashOfText({ rows: chosen(rows), masks: chosen(linesWithTargets(text.masks)) });
}

/** The names of those targets, before anything is computed: `only` of a sample that names some. */
export function firstTargets(
  entries: ReturnType<Task["entries"]>,
  only: ReadonlySet<string> | undefined,
  targets: number,
): ReadonlySet<string> {
  const ids = entries
    .filter((entry) => isLookedAt(entry) && (only?.has(entry.id) ?? true))
    .map(({ id }) => id);
  return new Set(ids.slice(0, targets));
}

/** A target that failed counts, since rows do not say whether that was its annotation or the model. */
const isLookedAt = ({ status }: Pick<Row, "status">) => status !== "dropped";

/** Whether rows of all protocols are among these lines: a unit that grew has them in several places. */
export function hasAll({ rows }: Pick<UnitText, "rows">, { protocols }: Pick<Plan, "protocols">): boolean {
  return new Set(linesWithTargets(rows).map(({ protocol }) => protocol)).size === protocols.length;
}

function linesWithTargets(text: string) {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => ({
    line,
    ...(JSON.parse(line) as Pick<Row, "protocol" | "target" | "status">),
  }));
}

/** Before its first block of a model a machine computes what all of them compute, and must agree in to the last byte. */
export function trialsOf({
  plan,
  trials,
  targets,
  worker,
  order: send,
  agree,
}: {
  readonly plan: Plan;
  /** By model. */
  readonly trials: Readonly<Record<string, number>>;
  /** Of each, as `trialTargets` says. */
  readonly targets: number | undefined;
  readonly worker: string;
  readonly order: (units: HeldUnits, targets?: number) => void;
  readonly agree: RunQueue["agree"];
}) {
  const passed = new Set<string>();
  /** What waits for the one that is under way. */
  let trial: { readonly model: string; readonly unit: number; readonly then: HeldUnits } | undefined;
  const isPart = ({ unit, then }: NonNullable<typeof trial>) =>
    then.protocols === undefined && then.units.includes(unit);
  const order = (then: HeldUnits) => {
    const model = modelOf(plan, then.units[0]!);
    const unit = trials[model];
    if (passed.has(model) || unit === undefined) return send(then);
    trial = { model, unit, then };
    // All of it where it is a unit of the block: it need not be computed again.
    send({ units: [unit], protocols: undefined }, isPart(trial) ? undefined : targets);
  };
  return {
    get underWay() {
      return trial !== undefined;
    },
    isOf: (unit: number) => trial?.unit === unit,
    order,
    /** Another process begins with what is left. */
    again(left: readonly HeldUnits[]): void {
      const now = trial;
      for (const one of left) if (now?.then.units[0] !== one.units[0]) send(one);
      if (now !== undefined) order(now.then);
    },
    /** Whether what was computed may be delivered. */
    async passed(unit: number, text: UnitText, files: FilesRead): Promise<boolean> {
      if (trial === undefined || trial.unit !== unit) return true;
      const { model, then } = trial;
      const counts = isPart(trial);
      refuseOtherFiles(await agree(`files:${model}`, JSON.stringify({ worker, files })), worker, files);
      const sha256 = trialHash(text, targets);
      const [agreed, ...first] = (await agree(`trial:${model}`, `${sha256} ${worker}`)).split(" ");
      if (agreed !== sha256)
        throw complain(
          `${model}, unit ${unit} of ${plan.name}`,
          `${worker} computes other rows or masks than ${first.join(" ")} did`,
          {
            code: "refused",
            expected: "the same images, annotations, model and runtime on every machine",
            got: `SHA-256 ${sha256.slice(0, 12)} in place of ${agreed?.slice(0, 12)}`,
          },
        );
      trial = undefined;
      passed.add(model);
      const units = then.units.filter((one) => !counts || one !== unit);
      if (units.length > 0) send({ ...then, units });
      return counts;
    },
  };
}

/** Rows may be the same although a picture is not. */
function refuseOtherFiles(agreed: string, worker: string, files: FilesRead): void {
  let first: { readonly worker?: string; readonly files?: FilesRead };
  try {
    first = JSON.parse(agreed) ?? {};
  } catch {
    // Anybody may have written it.
    return;
  }
  for (const [name, hash] of Object.entries(files)) {
    const theirs = first.files?.[name];
    if (theirs !== undefined && theirs !== hash)
      throw complain(name, `${worker} has another file than ${first.worker} has`, {
        code: "refused",
        expected: "the same images and annotations on every machine",
        got: `SHA-256 ${hash.slice(0, 12)} in place of ${String(theirs).slice(0, 12)}`,
      });
  }
}

/**
 * By model, the unit that every machine computes before its first block, and must agree with the others in to the last byte: the first one; of
 * clips the first of the shortest.
 */
export function trialUnits(jobs: readonly UnitJob<Sample>[]): Readonly<Record<string, number>> {
  const trials: Record<string, { readonly unit: number; readonly frames: number }> = {};
  for (const { unit, ref } of jobs) {
    const { frames = 0 } = ref;
    const found = trials[unit.model];
    if (found === undefined || frames < found.frames) trials[unit.model] = { unit: unit.index, frames };
  }
  return Object.fromEntries(Object.entries(trials).map(([model, { unit }]) => [model, unit]));
}
