import { relative } from "node:path";
import { type ExitCode, exitCodes } from "../cli/exit.ts";
import { complain } from "../core/errors.ts";
import { writeBaseline } from "../store/baseline.ts";
import { openModel, protocolOf, runScores } from "./compare-sides.ts";

/** `segbench baseline`: one model of a finished run as a small file that `compare` takes in place of the run. */
export async function baselineVerb(word: string, out: string): Promise<ExitCode> {
  const { path, model, manifest, complete, baseline } = await openModel(word);
  if (baseline !== undefined)
    throw complain({ where: word, what: "is a baseline already", expected: "a run folder" });
  if (!complete)
    throw complain({ where: word, what: "is not finished: a baseline of a part would hide the rest" });
  const plan = { ...manifest.plan, models: manifest.plan.models.filter(({ name }) => name === model) };
  const protocols = plan.protocols.map((id) => {
    const { summary, measures } = protocolOf(id);
    return { id, summary, measures };
  });
  const facts = { ...manifest, plan, models: { [model]: manifest.models[model] } };
  const head = { format: "segbench/baseline@1", model, protocols, manifest: facts } as const;
  const cells = await writeBaseline(out, head, runScores(path, model));
  const targets = cells.reduce((sum, { ok, failed, dropped }) => sum + ok + failed + dropped, 0);
  process.stdout.write(`${relative(process.cwd(), out)}: ${targets} targets of ${model}\n`);
  return exitCodes.fine;
}
