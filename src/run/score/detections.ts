// COCO results as `score` takes them: whose images they are of, and what of them cannot be used.

import { join } from "node:path";
import { oneOf, type ResolvedBenchmark } from "../../config/index.ts";
import { imagesOf } from "../../config/runs/kinds.ts";
import { complain, type Problem } from "../../core/errors.ts";
import { groupBy } from "../../core/group-by.ts";
import { isMaskSet, maskSetFacts, matchedAt } from "../../core/mask-set-facts.ts";
import type { Detections } from "../../core/predictions.ts";
import type { Row, ScoredRow } from "../../core/rows.ts";
import type { SampleRef } from "../../core/types.ts";
import { plural } from "../../core/words.ts";
import { type DetectedImage, type DetectionFile, readDetections } from "../../formats/detections.ts";
import { withoutSuffix } from "../../formats/files.ts";
import { idFinder } from "../../formats/predicted-records.ts";
import { maskFolderFiles } from "../../store/mask-folder.ts";
import type { Context } from "../context.ts";
import type { FailureLimit } from "../failure-limit.ts";
import { isMaskFolder } from "../inspect/masks.ts";
import { bareName, firstFew, nearestTo } from "./input.ts";

/** How detections come to targets, by name. */
export const matches = ["best", "coco"] as const;

/** Detections, by which rule they come to targets, and what was left out of the file. */
export interface Matched extends Detections {
  readonly match: (typeof matches)[number];
  readonly entries: number;
  readonly leftOut: number;
  /** Entries of images that the benchmark does not have. */
  readonly elsewhere: number;
}

/** Options that say what masks answer: detections answer nothing. */
type Answering = Readonly<Partial<Record<"protocol" | "prompts" | "from" | "metrics", unknown>>>;

/** Reads COCO results for a benchmark, and says what of them cannot be used. */
export async function readMatched(
  path: string,
  match: string,
  answering: Answering,
  { benchmark, images: listed }: ResolvedBenchmark,
  { onEvent }: Pick<Context, "onEvent">,
): Promise<Matched> {
  const rule = checkMatch(match, answering);
  const images = imagesOf({ ...benchmark, refs: listed }, "score --match");
  const find = imageFinder(images);
  const document = isMaskFolder(path) ? join(path, maskFolderFiles.masks) : path;
  const file = await readDetections(document, find);
  const { name, entries, leftOut, strangers, categories } = file;
  const elsewhere = [...strangers.values()].reduce((sum, count) => sum + count, 0);
  const unknown = strangers.size === 0 ? "" : strangersText(file, elsewhere, benchmark.name, images);
  if (file.images.length === 0)
    throw complain(name, `holds no detections for ${benchmark.name} that can be used`, {
      got: leftOut.lines[0] ?? (unknown === "" ? "an empty list" : unknown),
    });
  if (!images.some(({ coco }) => coco !== undefined))
    onEvent({
      type: "note",
      text: `${benchmark.name} is not in COCO's format: image_id is read as the name of an image, category_id is not used`,
    });
  if (unknown !== "") onEvent({ type: "note", text: `${name}: ${unknown}` });
  if (leftOut.count > 0) onEvent({ type: "leftOut", file: name, ...leftOut, of: entries });
  const known = new Set(images.flatMap(({ coco }) => [...(coco?.categories.keys() ?? [])]));
  const [only, another] = categories;
  if (rule === "coco" && another !== undefined)
    onEvent({
      type: "note",
      text: `${name}: categories are not used: AR and AP are of masks of any category, not the mean over categories that detectors are compared by`,
    });
  if (rule === "best" && only !== undefined && another === undefined && known.size > 1)
    onEvent({
      type: "note",
      text: `${name}: every detection is of one category, ${JSON.stringify(only)}, so only its targets can be matched; without category_id, targets of all ${known.size} can`,
    });
  return { ...file, match: rule, entries, leftOut: leftOut.count, elsewhere };
}

/** Image ids that a sentence names. */
const NAMED = 5;

/** "12 detections are of 3 images that trashcan does not have: image_id 7, 8, 9". */
function strangersText(
  { strangers }: DetectionFile,
  entries: number,
  benchmark: string,
  images: readonly SampleRef[],
): string {
  const [first, ...others] = strangers.keys();
  const shown = [first!, ...others.slice(0, NAMED - 1)]
    .map((id) => (/^\d+$/.test(id) ? id : JSON.stringify(id)))
    .join(", ");
  const more = strangers.size > NAMED ? ` and ${strangers.size - NAMED} more` : "";
  // A number in an annotation file is near to no name.
  const near = images.some(({ coco }) => coco !== undefined)
    ? ""
    : nearestTo(
        first!,
        images.map(({ id }) => id),
      );
  return `${plural(entries, "detection")} of ${plural(strangers.size, "image")} that ${benchmark} does not have: image_id ${shown}${more}${near}`;
}

function checkMatch(match: string, { metrics, ...answering }: Answering): Matched["match"] {
  const rule = matches.find((one) => one === match);
  if (rule === undefined)
    throw complain({ path: "match" }, "unknown rule", {
      expected: oneOf(matches),
      got: JSON.stringify(match),
    });
  const [also] = Object.entries(answering).filter(([, value]) => value !== undefined);
  if (also !== undefined)
    throw complain({ path: also[0] }, "does not go with `match`", {
      expected: "one of the two: detections answer no prompts, and are of one model",
    });
  if (rule === "coco" && metrics !== undefined)
    throw complain({ path: "metrics" }, "does not go with `match` coco", {
      expected: "no metrics: sets of masks have measures of their own",
    });
  return rule;
}

/**
 * By `image_id`: the image that the benchmark's annotation file gives this id; otherwise, and where there is no such file, the
 * image of this name, with or without its suffix or leading zeros.
 */
export function imageFinder(
  images: readonly Pick<SampleRef, "id" | "size" | "coco">[],
): (id: number | string) => DetectedImage | undefined {
  const refs = new Map(images.map((ref) => [ref.id, ref]));
  const detected = ({ id, size, coco }: Pick<SampleRef, "id" | "size" | "coco">): DetectedImage => ({
    ...{ id, ...(size !== undefined && { size }) },
    ...(coco !== undefined && { categories: coco.categories }),
  });
  const listed = groupBy(
    images.filter(({ coco }) => coco !== undefined),
    ({ coco }) => String(coco!.image),
  );
  const nameOf = idFinder([...refs.keys()]);
  const bare = groupBy(images, ({ id }) => bareName(id));
  return (id) => {
    const text = String(id);
    const own = listed.get(text) ?? [];
    if (own.length === 1) return detected(own[0]!);
    const name = nameOf(text) ?? nameOf(withoutSuffix(text));
    if (name !== undefined) return detected(refs.get(name)!);
    if (own.length > 1)
      throw complain(`image_id ${text}`, "is in several annotation files", {
        expected: "the image's id in the benchmark",
        got: own.map((ref) => ref.id).join(", "),
      });
    const alike = listed.size > 0 ? [] : (bare.get(bareName(withoutSuffix(text))) ?? []);
    return alike.length === 1 ? detected(alike[0]!) : undefined;
  };
}

/** Counts what masks come to while rows are made. */
export interface Tally {
  /** `problems`: of masks that turned out useless once their sample was read. */
  add(rows: readonly Row[], problems?: readonly string[]): void;
  /** Says what was found; the problem where more entries were left out than may fail. */
  end(context: Pick<Context, "onEvent">, limit: FailureLimit): readonly Problem[];
}

/** Of masks of a file. `counted`: what a row has of what is looked for, and how much of that was found; `told`: a sentence about both. */
export function tallyOf(
  {
    name: file,
    entries: of,
    leftOut,
  }: { readonly name: string; readonly entries: number; readonly leftOut: number },
  counted: (row: ScoredRow) => readonly [all: number, found: number],
  told: (all: number, found: number) => string | undefined,
): Tally {
  const lines: string[] = [];
  let [all, found] = [0, 0];
  return {
    add(rows, problems = []) {
      lines.push(...problems);
      for (const row of rows) {
        if (row.status !== "ok") continue;
        const [more, own] = counted(row);
        all += more;
        found += own;
      }
    },
    end({ onEvent }, { share, targets }) {
      const count = lines.length;
      if (count > 0) onEvent({ type: "leftOut", file, lines: firstFew(lines).lines, count, of });
      const text = told(all, found);
      if (text !== undefined) onEvent({ type: "note", text: `${file}: ${text}` });
      const left = leftOut + count;
      if (left <= Math.max(share * of, targets)) return [];
      const most = Math.max(Math.floor(share * of), targets);
      return [
        {
          code: "too-many-failures",
          ...{ where: file, what: "too many detections cannot be used" },
          expected: `at most ${most} (\`maxFailures\` ${Math.max(2, left)} allows these)`,
          got: `${left} of ${of}`,
        },
      ];
    },
  };
}

/** Of detections that a rule gives to targets. */
export function matchTally(matched: Omit<Matched, "elsewhere">): Tally {
  const counted = (row: ScoredRow): readonly [number, number] => {
    if (!isMaskSet(row)) return [1, Number(row.facts?.detection !== undefined)];
    const set = maskSetFacts(row);
    return [set.targets[0]!, matchedAt(set, "all")[0]!];
  };
  const coco = matched.match === "coco";
  const means = coco ? "no detection of its own with IoU >= 50 %" : "no detection and count as 0";
  return tallyOf(matched, counted, (targets, found) =>
    targets === found ? undefined : `${targets - found} of ${plural(targets, "target")} found ${means}`,
  );
}
