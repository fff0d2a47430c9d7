import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import {
  ConfigError,
  type FoundCard,
  findCard,
  isFound,
  listCards,
  type Problem,
  registries,
  renderProblem,
  resolvePath,
} from "../config/index.ts";
import { runDefaults } from "../core/defaults.ts";
import { complain, reasonOf } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import { checkDataset, type DatasetCheck } from "../datasets/inspect.ts";
import { type ExitCode, exitCodes } from "./exit.ts";

interface Flags {
  readonly data?: string;
  readonly full?: boolean;
  readonly json?: boolean;
}

type Verdict =
  | { readonly name: string; readonly status: "absent"; readonly wanted: string }
  | { readonly name: string; readonly status: "invalid"; readonly problems: readonly string[] }
  | { readonly name: string; readonly status: "fine" | "wrong"; readonly check: DatasetCheck };

const PROBLEMS_SHOWN = 5;

/** `segbench validate`: cards against what is on disk. Something there that is wrong is an error, something absent a note. */
export async function validateVerb(names: readonly string[], flags: Flags): Promise<ExitCode> {
  const data = dataFolder(flags.data);
  const verdicts: Verdict[] = [];
  for (const card of await chosenCards(names)) {
    const verdict = await judge(card, data, flags.full === true);
    verdicts.push(verdict);
    if (flags.json !== true) process.stdout.write(`${describe(verdict)}\n`);
  }
  if (flags.json === true) process.stdout.write(`${JSON.stringify(verdicts, undefined, 2)}\n`);
  const wrong = verdicts.some(({ status }) => status === "wrong" || status === "invalid");
  return wrong ? exitCodes.error : exitCodes.fine;
}

function dataFolder(given: string | undefined): string {
  const cwd = process.cwd();
  const resolved = resolvePath(given ?? runDefaults.data, { cwd, env: process.env, base: cwd });
  if ("path" in resolved) return resolved.path;
  throw complain({ where: "--data", ...resolved });
}

async function chosenCards(names: readonly string[]): Promise<FoundCard<"benchmark">[]> {
  const shelves = { cwd: process.cwd(), env: process.env };
  if (names.length === 0) return listCards("benchmark", shelves);
  const place = { path: "segbench validate" };
  const found = await Promise.all(
    names.map((name) => findCard("benchmark", name, { place, base: process.cwd() }, shelves)),
  );
  const unknown = found.filter((card): card is Problem => !isFound(card));
  if (unknown.length > 0) throw new ConfigError(unknown);
  return found.filter(isFound);
}

async function judge(
  { name, value: card, problems }: FoundCard<"benchmark">,
  data: string,
  full: boolean,
): Promise<Verdict> {
  if (card === undefined) return { name, status: "invalid", problems: problems.map(renderProblem) };
  const root = resolve(data, card.root ?? card.name);
  if (!existsSync(root)) return { name, status: "absent", wanted: wanted(card, root) };
  try {
    const check = await checkDataset(card, registries.openDataset(card, root), { full });
    return { name, status: check.problems.length === 0 ? "fine" : "wrong", check };
  } catch (error) {
    return { name, status: "invalid", problems: [reasonOf(error)] };
  }
}

function wanted({ archives, homepage }: DatasetCard, root: string): string {
  return `${archives?.join(", ") ?? "the data set"} from ${homepage}, unpacked into ${relative(process.cwd(), root)}`;
}

function describe(verdict: Verdict): string {
  const { name } = verdict;
  if (verdict.status === "absent") return `${name}: not there; wanted: ${verdict.wanted}`;
  if (verdict.status === "invalid") return `${name}: ${listed(verdict.problems)}`;
  const { found, expected, targets, loaded } = verdict.check;
  const counted = (what: "images" | "masks") =>
    `${found[what] ?? "?"}${expected[what] === undefined ? "" : ` of ${expected[what]}`} ${what}`;
  const decoded =
    loaded === 0
      ? ""
      : `; ${loaded} images decoded: ${Object.entries(targets)
          .map(([status, n]) => `${n} ${status}`)
          .join(", ")}`;
  const problems = verdict.check.problems.map(({ where, what }) => `${where}: ${what}`);
  return `${name}: ${counted("images")}, ${counted("masks")}${decoded}${problems.length === 0 ? "" : `: ${listed(problems)}`}`;
}

function listed(problems: readonly string[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map((text) => `\n  ${text}`);
  const more = problems.length - shown.length;
  return `${problems.length} problem${problems.length === 1 ? "" : "s"}${shown.join("")}${more > 0 ? `\n  and ${more} more` : ""}`;
}
