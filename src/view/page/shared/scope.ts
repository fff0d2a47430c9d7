// What keeps the numbers of two runs from being set beside each other.
import { count, plural } from "../../../core/words.ts";
import type { Run } from "./ask.ts";

type Scopes = Run["benchmarks"];

/** Those that go on, then by the last call; those that do not say when are last, by name. */
export function newestFirst(runs: readonly Run[]): readonly Run[] {
  const time = ({ writer, ...run }: Run) => (writer === undefined ? lastTime(run) : "now");
  return [...runs].sort((a, b) => (time(a) < time(b) ? 1 : time(a) > time(b) ? -1 : 0));
}

/** Of the last call that told it; of a process that ended without a word, when it began. */
export function lastTime({ time, began }: Pick<Run, "time" | "began">): string {
  return time ?? began ?? "";
}

/** The benchmarks that a number is of; `benchmark`: "" for the mean over all of them. */
export function scopesOf({ benchmarks = [] }: Run, benchmark: string): NonNullable<Scopes> {
  return benchmark === "" ? benchmarks : benchmarks.filter(({ name }) => name === benchmark);
}

/** How far a run is: "5 of 24 images", or with several models "5 of 24 images by 2 models". */
export function unitsText({ units, sample = "image", models = [] }: Run): string {
  if (units === undefined) return "";
  const by = models.length > 1 ? ` by ${models.length} models` : "";
  return `${count(units.finished)} of ${plural(units.expected, sample, count(units.expected))}${by}`;
}

/** Sentences about a run's number beside another one's; none where they are of the same images, prompts and rules. */
export function remarksOn(
  run: Run,
  own: NonNullable<Scopes>,
  other: Run,
  others: NonNullable<Scopes>,
): readonly string[] {
  const { complete, shard, units, drawn = [], writer } = run;
  const named = new Map(others.map((one) => [one.name, one]));
  const differ = (of: "samples" | "settings") =>
    own.filter((one) => named.has(one.name) && named.get(one.name)![of] !== one[of]).map(({ name }) => name);
  const isMean = own.length > 1 || others.length > 1;
  const which = (names: readonly string[]) => (isMean ? ` of ${names.join(", ")}` : "");
  const [images, settings] = [differ("samples"), differ("settings")];
  const unlike =
    own.some(({ name }) => !named.has(name)) || own.length !== others.length
      ? [`other benchmarks than ${other.name}`]
      : [];
  const beside = [
    ...unlike,
    ...(images.length > 0 ? [`other images${which(images)} than ${other.name}`] : []),
    ...(settings.length > 0
      ? [`another seed, card or way of prompting${which(settings)} than ${other.name}`]
      : []),
  ];
  const part = units === undefined ? "" : ` (${unitsText(run)})`;
  return [
    ...(run === other ? [] : beside),
    ...(shard !== undefined ? [`shard ${shard} alone`] : complete === true ? [] : [`unfinished${part}`]),
    ...(writer === undefined ? [] : ["still running"]),
    ...(drawn.length > 0 && (other.drawn ?? []).length === 0 ? ["drawn miniatures"] : []),
  ];
}
