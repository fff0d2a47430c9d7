// The models of a run, opened before its first sample, and what that says about them.
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import type { PreparedRun } from "../config/index.ts";
import { openPreparedAny } from "../config/models/open.ts";
import type { Preparing } from "../config/plugins.ts";
import { complain, type Problem, reasonOf, SegbenchError } from "../core/errors.ts";
import type { Manifest } from "../core/plan.ts";
import type { Session } from "../core/types.ts";
import { makeFolder } from "../formats/files.ts";
import type { Attempts } from "./supervised.ts";

export type OpenSessions = Map<string, readonly Session[]>;

/** Opens every model once before the first sample: contracts, capabilities and the providers actually used are known then. */
export async function openModels(
  { models, protocols, plan, cache, task, out }: PreparedRun,
  profile: boolean,
  attempts: Attempts,
  onStep: (step: Preparing) => void = () => undefined,
): Promise<OpenSessions> {
  const opened: OpenSessions = new Map();
  const problems: Problem[] = [];
  for (const model of models) {
    attempts.opening(model.name);
    onStep({ what: "models", name: model.name });
    try {
      const traces = profile ? traceFiles(out, models.length > 1 ? `-${model.name}` : "") : undefined;
      const session = await openPreparedAny(model, { ...plan, cache, traces });
      opened.set(model.name, [session]);
      for (const protocol of protocols)
        for (const what of task.refuses(model.name, session, protocol))
          problems.push({ code: "model", where: "", what });
    } catch (error) {
      if (error instanceof SegbenchError) problems.push(...error.problems);
      else
        problems.push({
          code: "model",
          where: "",
          what: String((error as Error)?.message ?? error),
          cause: error,
        });
    }
  }
  attempts.opening(undefined);
  if (problems.length === 0) return opened;
  await closeAll([...opened.values()].flat());
  throw new SegbenchError(problems);
}

/** Those that are being opened too; what does not open needs no end. */
export async function closeAll(sessions: readonly (Session | Promise<Session>)[]): Promise<void> {
  await Promise.all(
    sessions.map((session) =>
      Promise.resolve(session).then(
        (one) => one.close(),
        () => undefined,
      ),
    ),
  );
}

/** A cache that cannot be written to is found out before the first sample. */
export async function makeCacheFolder(dir: string): Promise<void> {
  try {
    await makeFolder(dir);
    await access(dir, constants.W_OK);
  } catch (cause) {
    throw complain(dir, "embeddings cannot be kept here", { got: reasonOf(cause), cause });
  }
}

function traceFiles(out: string, model: string) {
  return (part: string) => join(out, `profile-${part}${model}.json`);
}

/** What is known of each model that is open. */
export function factsOf(opened: OpenSessions): Manifest["models"] {
  return Object.fromEntries(
    [...opened].flatMap(([name, sessions]) =>
      sessions.map(({ capabilities, facts }) => [name, { capabilities, ...facts }]),
    ),
  );
}
