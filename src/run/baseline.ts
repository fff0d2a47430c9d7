// One model of a finished run as a small file that a comparison takes in place of the run.
import { resolve } from "node:path";
import { type Plugins, unknownNames, withPlugins } from "../config/index.ts";
import { complain } from "../core/errors.ts";
import { noteOf } from "../core/measure.ts";
import { writeBaseline } from "../store/baseline.ts";
import { openModel, protocolOf, runScores } from "./compare-sides.ts";
import { type Context, shownPath } from "./context.ts";
import { noteUnknown, refuseUnknown } from "./own-names.ts";

/** What was written. */
export interface BaselineDone {
  /** Absolute. */
  readonly file: string;
  readonly model: string;
  readonly targets: number;
}

/** `word`: a run folder, or RUN:MODEL; `out`: the file; `plugins`: protocols and metrics of one's own that the run names. */
export async function baseline(
  word: string,
  out: string,
  { cwd, onEvent = () => undefined }: Pick<Context, "cwd"> & Partial<Pick<Context, "onEvent">>,
  plugins: Plugins = {},
): Promise<BaselineDone> {
  const known = withPlugins(plugins);
  const side = await openModel(word, { cwd });
  const { model, manifest, complete } = side;
  if (side.baseline !== undefined)
    throw complain({ where: word, what: "is a baseline already", expected: "a run folder" });
  if (!complete)
    throw complain({ where: word, what: "is not finished: a baseline of a part would hide the rest" });
  const plan = { ...manifest.plan, models: manifest.plan.models.filter(({ name }) => name === model) };
  const where = shownPath(side.path, { cwd });
  if (unknownNames(plan, known).protocols.length > 0) refuseUnknown(where, plan, known);
  noteUnknown(where, plan, known, { onEvent });
  const protocols = plan.protocols.map((id) => protocolOf(id, plan.metrics, known));
  const head = {
    model,
    protocols: protocols.map((protocol) => ({ ...protocol, measures: protocol.measures.map(noteOf) })),
    manifest: { ...manifest, plan, models: { [model]: manifest.models[model] } },
  };
  const file = resolve(cwd, out);
  const cells = await writeBaseline(file, head, runScores(side, protocols, known));
  const targets = cells.reduce((sum, { ok, failed, dropped }) => sum + ok + failed + dropped, 0);
  return { file, model, targets };
}
