import type { RunEstimate, TimedWith, Verdict } from "../run/verdict.ts";
import { durationText } from "./quantities.ts";

const PROBLEMS_SHOWN = 5;

/** A verdict as people read it: one line, and more where there is something to say. */
export function verdictText(verdict: Verdict, timing: TimedWith | undefined): string {
  const { name } = verdict;
  if (verdict.status === "absent") return `${name}: not there; to get it: ${verdict.wanted}`;
  if (verdict.status === "invalid")
    return [`${name}: ${listed(verdict.problems)}`, ...advice("what belongs there", verdict.wanted)].join(
      "\n",
    );
  const { found, expected, targets, loaded, part, masksPerImage } = verdict.check;
  const about = masksPerImage === undefined ? "?" : `about ${Math.round(found.images * masksPerImage)}`;
  const counted = (what: "images" | "masks") =>
    `${found[what] ?? about}${expected[what] === undefined ? "" : ` of ${expected[what]}`} ${what}`;
  const statuses = Object.entries(targets).map(([status, n]) => `${n} ${status}`);
  const decoded = loaded === 0 ? "" : `; ${loaded} images decoded: ${statuses.join(", ") || "no targets"}`;
  const problems = verdict.check.problems.map(({ where, what }) => `${where}: ${what}`);
  return [
    `${name}: ${counted("images")}, ${counted("masks")}${decoded}${problems.length === 0 ? "" : `: ${listed(problems)}`}`,
    ...(part ? [`  NOTE: ${found.images} of ${expected.images} images: a part of the set`] : []),
    ...advice(part ? "the rest" : "to get it again", verdict.wanted),
    `  ${runText(verdict.run, timing)}`,
  ].join("\n");
}

function advice(what: string, wanted: string | undefined): string[] {
  return wanted === undefined ? [] : [`  ${what}: ${wanted}`];
}

function runText({ images, masks, counted, seconds }: RunEstimate, timing: TimedWith | undefined): string {
  const some =
    masks === undefined ? "masks not known without --full" : `${counted ? "" : "about "}${masks} masks`;
  const run = `a run: ${images} images, ${some}`;
  if (timing === undefined || seconds === undefined) return run;
  const { model, protocol, workers } = timing;
  return `${run}; about ${durationText(seconds)} for ${model} with ${protocol} and ${workers} worker${workers === 1 ? "" : "s"}`;
}

function listed(problems: readonly string[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map((text) => `\n  ${text}`);
  const more = problems.length - shown.length;
  return `${problems.length} problem${problems.length === 1 ? "" : "s"}${shown.join("")}${more > 0 ? `\n  and ${more} more` : ""}`;
}

/** How many there are of each kind. */
export function verdictsText(verdicts: readonly Verdict[]): string {
  const count = (...wanted: Verdict["status"][]) =>
    verdicts.filter(({ status }) => wanted.includes(status)).length;
  return `${verdicts.length} sets: ${count("fine")} whole, ${count("part")} in part, ${count("absent")} not there, ${count("wrong", "invalid")} wrong`;
}
