// Why a run folder is not one of this run: what it holds, what the command lacks or changes, and the words that make it one.

import { existsSync } from "node:fs";
import { complain } from "../core/errors.ts";
import { type Plan, sampleNoun } from "../core/plan.ts";
import { inWords, plural } from "../core/words.ts";
import { reportedClicks, sides, type UsualClicks } from "./growth.ts";
import { differenceLine, type PlanDifference } from "./plan-differences.ts";

/** How a refusal is worded. */
export interface Wording {
  readonly usual: UsualClicks | undefined;
  /** A path as messages show it. */
  readonly shown?: ((path: string) => string) | undefined;
  /** `fresh` is a word of the command. */
  readonly replaces: boolean;
  /** "process 12 on n1": who has it open for writing. */
  readonly writer?: string | undefined;
}

/** Of more fields than these the number is enough. */
const LISTED = 5;

/** The command leaves out what is there. `lacks`: in words. */
export function narrower(
  dir: string,
  before: Plan,
  now: Plan,
  { lacks, ...wording }: Wording & { readonly lacks: readonly string[] },
): Error {
  const what = `holds ${described(before)}; this command leaves out ${lacks.join(", ")}`;
  return refusal(dir, what, remedies(before, now, wording.usual ?? new Map()), wording);
}

/** The command would change numbers that are there. `changes`: besides those of the differences, a line each by what it is called. */
export function otherRun(
  dir: string,
  before: Plan,
  {
    differences: all,
    changes,
    ...wording
  }: Wording & {
    readonly differences: readonly PlanDifference[];
    readonly changes: Readonly<Record<string, string>>;
  },
): Error {
  const differences = all.filter((one) => !all.some((other) => repeats(one, other)));
  const lost = differences.filter(({ only }) => only === sides[0]);
  const named = new Set([
    ...Object.keys(changes),
    ...differences.filter((one) => !lost.includes(one)).map(subjectOf),
  ]);
  const parts = [
    ...(named.size === 0 ? [] : [`changes ${inWords([...named])}`]),
    ...(lost.length === 0
      ? []
      : [`leaves out ${inWords(lost.map(({ text }) => text.replace(/ only .*/, "")))}`]),
  ];
  const lines = [
    ...Object.entries(changes).map(([name, text]) => `${name}: ${text}`),
    ...new Set(
      differences.filter((one) => !lost.includes(one) && !follows(one, differences)).map(differenceLine),
    ),
  ];
  const more = lines.length > LISTED ? [`and ${lines.length - LISTED} more`] : [];
  const what = `holds another run, ${described(before)}; this command ${parts.join(" and ")}`;
  const listed = [...lines.slice(0, LISTED), ...more];
  return refusal(dir, [what, ...listed].join("\n  "), [], wording);
}

/** "photos: my-export" of 13 images (sam1-d1@1, box@1) */
function described({ title, benchmarks, protocols, points }: Plan): string {
  const images = benchmarks.reduce((sum, one) => sum + one.images, 0);
  const clicks = points === undefined ? "" : `, clicks ${inWords(points)}`;
  return `"${title}" of ${plural(images, sampleNoun({ benchmarks }))} (${protocols.join(", ")}${clicks})`;
}

/** What a person calls the thing that a difference is of. */
function subjectOf({ keys }: PlanDifference): string {
  const [list, name, field] = keys;
  if (list === "benchmarks" && name !== undefined) return `the data of ${name}`;
  if (list === "models" && name !== undefined)
    return `the ${field === "files" ? "files" : "card"} of ${name}`;
  return list === "masks" ? "saveMasks" : list === "ids" ? "the list of samples" : list!;
}

/** What a run says of all models is in their cards too: batch, provider. */
function repeats({ keys: [list, , part, field] }: PlanDifference, { keys }: PlanDifference): boolean {
  return list === "models" && part === "card" && keys.length === 1 && keys[0] === field;
}

/** Whether another difference says more: hashes, and what is only so in another format. */
function follows(one: PlanDifference, all: readonly PlanDifference[]): boolean {
  const [list, name, field] = one.keys;
  if (name === undefined) return false;
  const siblings = all.filter(({ keys }) => keys[0] === list && keys[1] === name);
  const last = one.keys.at(-1)!;
  if (list === "benchmarks") {
    const format = siblings.find(({ keys }) => keys.slice(2).join(".") === "card.adapter.format");
    if (format !== undefined) return format !== one;
    if (siblings.some(({ keys }) => keys[2] === "card")) return field !== "card";
    return last.endsWith("Hash") && siblings.some(({ keys }) => keys[2] === "images");
  }
  return last === "bytes" && siblings.some(({ keys }) => keys.at(-1) === "sha256");
}

/** Words that a command needs to go on with a run. */
function remedies(before: Plan, now: Plan, usual: UsualClicks): readonly string[] {
  const absent = <T>(list: (plan: Plan) => readonly T[]) =>
    list(before).filter((one) => !list(now).includes(one));
  const names = (["models", "benchmarks"] as const).flatMap((list) =>
    absent((plan) => plan[list].map(({ name }) => name)),
  );
  const protocols = absent((plan) => plan.protocols);
  // A replay plays what was recorded, and masks made elsewhere are of one model.
  const external = now.models.some(({ card }) => card.family === "external");
  const plays = now.replay === undefined && !external;
  const all = [...before.protocols, ...now.protocols.filter((id) => !before.protocols.includes(id))];
  const clicks = reportedClicks([before, now], usual);
  const adds = [
    ...(!plays || clicks.join() === reportedClicks([{ ...now, protocols: all }], usual).join()
      ? []
      : [`\`points\` ${clicks}`]),
    ...(!plays || protocols.length === 0
      ? []
      : [protocols.join() === "box@1" ? "`box`" : `\`protocols\` ${all}`]),
    ...(fewer(before, now) && before.limit !== undefined && now.limit !== undefined
      ? [`\`limit\` ${before.limit}`]
      : []),
  ];
  const leaves = [
    ...(fewer(before, now) && before.limit === undefined && now.limit !== undefined ? ["`limit`"] : []),
    ...(before.ids === undefined && now.ids !== undefined ? ["`ids`"] : []),
  ];
  return [
    ...(external || names.length === 0 ? [] : [`name ${inWords(names)} too`]),
    ...(leaves.length === 0 ? [] : [`leave out ${inWords(leaves)}`]),
    ...(adds.length === 0 ? [] : [`add ${adds.join(" ")}`]),
  ];
}

function fewer(before: Plan, now: Plan): boolean {
  return before.benchmarks.some(
    ({ name, images }) => images > (now.benchmarks.find((one) => one.name === name)?.images ?? images),
  );
}

function refusal(
  dir: string,
  what: string,
  toGoOn: readonly string[],
  { shown = (path) => path, replaces, writer }: Wording,
): Error {
  const lines = [
    ...(toGoOn.length === 0 ? [] : [`to go on with it: ${inWords(toGoOn)}`]),
    `for a run of its own: add \`out\` ${quoted(shown(free(dir)))}`,
    ...(writer === undefined
      ? []
      : [`${writer} is writing it: nothing can replace it before that has ended`]),
    ...(replaces && writer === undefined ? ["to replace it: add `fresh`"] : []),
  ];
  return complain(shown(dir), [what, ...lines].join("\n  "), { code: "refused" });
}

/** The first folder beside it that is not there. */
function free(dir: string): string {
  for (let n = 2; ; n++) if (!existsSync(`${dir}-${n}`)) return `${dir}-${n}`;
}

/** As it can be pasted into a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./~\\-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
