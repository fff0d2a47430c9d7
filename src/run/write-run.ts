// A run of words (`--images`, `--model FOLDER`) written down: a run file, and cards for what has none, that give the very same plan, so
// that other machines can take part in it.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  findCard,
  isFound,
  type PreparedModel,
  type PreparedRun,
  planRequest,
  preparePlan,
  type RunRequest,
  resolvePath,
} from "../config/index.ts";
import { complain } from "../core/errors.ts";
import { given } from "../core/given.ts";
import type { BenchmarkChoice } from "../core/schema-types.ts";
import { fromFolder, stemOf } from "../formats/files.ts";
import { planDifferences } from "../store/plan-differences.ts";
import type { Context } from "./context.ts";
import { mustBeNewCard, writeCardFile } from "./inspect/card-file.ts";
import { namesOf } from "./queue/named-run.ts";

export interface WrittenRun {
  /** Absolute paths: of the run file, and of cards that were written for it. */
  readonly file: string;
  readonly cards: readonly string[];
}

type Around = Pick<Context, "cwd" | "env">;

/** Writes a run file beside which the cards of own data lie; a model's card lies with the model. Refuses to replace a file. */
export async function writeRun(file: string, request: RunRequest, around: Around): Promise<WrittenRun> {
  const { cwd } = around;
  if (typeof request.file === "string" || planRequest(request).own !== true)
    throw complain({ path: "write-run" }, "is for a run that has no file", {
      code: "refused",
      expected: "`images`, `video`, `benchmarks`, `model` or `models`, without a run file",
      ...given({ got: request.file ?? undefined }),
    });
  mustBeNewCard(file, cwd);
  const prepared = await preparePlan({ ...planRequest(request), ...around });
  const written: string[] = [];
  const folder = dirname(resolve(cwd, file));
  /** As the run file's folder sees it; names of cards stay what they are. */
  const seen = (path: string) => relativeTo(folder, path);
  const named = (text: string) => {
    if (!/\/|\.ya?ml$/.test(text)) return text;
    const found = resolvePath(text, { ...around, base: cwd });
    return "path" in found ? seen(found.path) : text;
  };
  try {
    const models = [...(request.models ?? []).map(named)];
    for (const [i, text] of (request.model ?? []).entries()) {
      const at = { place: { path: `model[${i}]` }, base: cwd };
      if (isFound(await findCard("model", text, at, around))) models.push(named(text));
      else models.push(seen(await modelCard(prepared.models[models.length]!, written, text)));
    }
    const benchmarks = prepared.benchmarks.map(({ name, card, root }, i) => {
      const text = request.benchmarks?.find((one) => typeof one === "string" && stemOf(one) === name);
      const limit = prepared.plan.benchmarks[i]!.images;
      if (text === undefined && root !== undefined) return { name, limit, own: { card, root } };
      return { name: typeof text === "string" ? named(text) : name, limit, own: undefined };
    });
    const choices: BenchmarkChoice[] = [];
    for (const { name, limit, own } of benchmarks) {
      if (own === undefined) choices.push({ name, limit });
      else {
        const path = await writeCardFile(join(folder, `${name}.yaml`), "dataset-card", cwd, () => {
          return { ...own.card, root: seen(own.root) };
        });
        written.push(path);
        choices.push({ name: seen(path), limit });
      }
    }
    const { data, ids, maxFailures } = request;
    const path = await writeCardFile(file, "run-file", cwd, () => ({
      ...namesOf(prepared),
      ...given({ maxFailures, data: data === undefined ? undefined : seen(resolve(cwd, data)) }),
      ...(typeof ids === "string" ? { ids: seen(resolve(cwd, ids)) } : {}),
      ...{ models, benchmarks: choices },
    }));
    const cards = [...written];
    written.push(path);
    await mustBeSame(path, prepared, around);
    return { file: path, cards };
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    throw error;
  }
}

/** Its card, in the folder that its paths begin in: it is there already, or is written. */
async function modelCard(
  { name, card, files }: PreparedModel,
  written: string[],
  where: string,
): Promise<string> {
  const [part, stated] = Object.entries(card.files)[0]!;
  const file = files[part as keyof typeof files] ?? "";
  const base = file.slice(0, -`/${stated}`.length);
  if (join(base, stated ?? "") !== file)
    throw complain(where, "no card can be written of it", {
      expected: "a card: segbench inspect FILES --write-card NAME.yaml",
    });
  const there = join(base, `${name}.yaml`);
  if (existsSync(there)) return there;
  const path = await writeCardFile(there, "model-card", base, () => card);
  written.push(path);
  return path;
}

/** Begins with a dot: a path, and no name. */
function relativeTo(folder: string, path: string): string {
  const found = fromFolder(folder, path);
  return found.startsWith(".") ? found : `./${found}`;
}

async function mustBeSame(file: string, { plan, planHash }: PreparedRun, around: Around): Promise<void> {
  const again = await preparePlan({ ...planRequest({ file }), ...around });
  if (again.planHash === planHash) return;
  const lines = planDifferences(plan, again.plan, ["by these words", "by the file"]);
  throw complain(
    { path: "write-run" },
    `this run cannot be written down: its file would give another plan\n  ${lines.join("\n  ")}\n  its hash`,
    { code: "refused", expected: planHash.slice(0, 12), got: again.planHash.slice(0, 12) },
  );
}
