// One model of a finished run as a small file that a comparison takes in place of the run.
import { resolve } from "node:path";
import { complain } from "../core/errors.ts";
import { noteOf } from "../core/measure.ts";
import { writeBaseline } from "../store/baseline.ts";
import { openModel, protocolOf, runScores } from "./compare-sides.ts";
import type { Context } from "./context.ts";

/** What was written. */
export interface BaselineDone {
  /** Absolute. */
  readonly file: string;
  readonly model: string;
  readonly targets: number;
}

/** `word`: a run folder, or RUN:MODEL; `out`: the file. */
export async function baseline(
  word: string,
  out: string,
  { cwd }: Pick<Context, "cwd">,
): Promise<BaselineDone> {
  const side = await openModel(word, { cwd });
  const { model, manifest, complete } = side;
  if (side.baseline !== undefined)
    throw complain({ where: word, what: "is a baseline already", expected: "a run folder" });
  if (!complete)
    throw complain({ where: word, what: "is not finished: a baseline of a part would hide the rest" });
  const plan = { ...manifest.plan, models: manifest.plan.models.filter(({ name }) => name === model) };
  const protocols = plan.protocols.map((id) => protocolOf(id, plan.metrics));
  const head = {
    model,
    protocols: protocols.map((protocol) => ({ ...protocol, measures: protocol.measures.map(noteOf) })),
    manifest: { ...manifest, plan, models: { [model]: manifest.models[model] } },
  };
  const file = resolve(cwd, out);
  const cells = await writeBaseline(file, head, runScores(side, protocols));
  const targets = cells.reduce((sum, { ok, failed, dropped }) => sum + ok + failed + dropped, 0);
  return { file, model, targets };
}
