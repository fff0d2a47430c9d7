// The result in a few sentences, for readers who read nothing else.

import { allAlike } from "../../core/alike.ts";
import { bootstrapDefaults, comparisonDefaults } from "../../core/defaults.ts";
import { type MeasureNote, units } from "../../core/measure.ts";
import { targetsWithValues } from "../../core/numbers.ts";
import type { ComparedPair, Comparison, GroupMeasure } from "../../core/results.ts";
import { type Nouns, nounsOf } from "../../core/words.ts";
import {
  badge,
  badgeNote,
  count,
  formatDifference,
  formatValue,
  fullName,
  inBrackets,
  joined,
  percent,
  plural,
} from "../kit/format.ts";
import { type Lead, leadText } from "../kit/page.ts";
import { gain } from "../lookup.ts";
import {
  benchmarkTitle,
  firstMeasure,
  measured,
  movedFar,
  overallOf,
  pText,
  rankedCells,
  signedInterval,
  sizeText,
  titleOf,
} from "./lookup.ts";

/** The first measure of the first protocol with pairs, in words. */
export function comparisonLead(comparison: Comparison, pair: ComparedPair): Lead | undefined {
  const nouns = nounsOf(comparison.protocols);
  for (const protocol of comparison.protocols) {
    const measure = firstMeasure(pair, protocol);
    if (measure === undefined) continue;
    const found = measured(overallOf(pair, protocol.id), measure.id)!;
    const label = `${protocol.id}, ${fullName(measure)}`;
    const means = meansText(measure, found);
    const score = `${formatDifference(measure, found.difference.value)}${units[measure.unit].difference}`;
    if (allAlike(pair)) {
      const n = found.difference.n;
      const where = n === 1 ? `the only ${nouns.target}` : `each of ${count(n)} ${nouns.target}s`;
      const head = `on ${where} (${formatValue(measure, found.base)} on both sides; ${label}).`;
      return { score, sentences: [head, alikeText(pair, nouns)] };
    }
    const head = `${sureText(measure, found)} (${means}; ${label}).`;
    return {
      score,
      sentences: [head, certainty(measure, found, nouns), spreadOf(measure, found, nouns)].filter(
        (part) => part !== "",
      ),
    };
  }
  return undefined;
}

/** "[-0.9, +0.1], p = 0.120", "(5 images), p = 0.438". */
function sureText(measure: MeasureNote, found: GroupMeasure): string {
  const around = joined(signedInterval(measure, found), inBrackets(badge(found.difference)));
  return [...(around === "" ? [] : [around]), `p ${pValue(found.p)}`].join(", ");
}

/** "11.5 → 12.0": both means. */
function meansText(measure: MeasureNote, { base, candidate }: GroupMeasure): string {
  return `${formatValue(measure, base)}\u00a0→ ${formatValue(measure, candidate)}`;
}

function alikeText({ sameFiles, groups }: ComparedPair, { target }: Nouns): string {
  const reasons = new Map<string, number>();
  for (const { kind, pairing } of groups)
    for (const [reason, n] of kind === "overall" ? Object.entries(pairing.unpaired) : [])
      reasons.set(reason, (reasons.get(reason) ?? 0) + n);
  const missing = [...reasons].map(([reason, n]) => `${count(n)} ${reason}`);
  const all = `No score of any ${target}${missing.length === 0 ? "" : " that both sides have"} differs`;
  if (sameFiles === true) return `${all}: the two models are the same files, byte for byte.`;
  return missing.length === 0
    ? `${all}: the two models most likely return the same masks.`
    : `${all}; nothing is known of the others (${missing.join(", ")}).`;
}

/** Why there is no lead. */
export function nothingCompared({ protocols }: Comparison, pair: ComparedPair): string {
  const scored = protocols.filter(({ id }) => overallOf(pair, id).pairing.pairs > 0);
  if (scored.length === 0) return "no target was scored by both";
  const bare = scored.filter(({ measures }) => measures.length === 0).map(({ id }) => id);
  return bare.length === scored.length
    ? `no measure of ${bare.join(", ")} is requested and known to this version`
    : "no measure has a value on both sides";
}

function pValue(p: number): string {
  const text = pText(p);
  return text.startsWith("<") ? `< ${text.slice(1)}` : `= ${text}`;
}

/** What an unclear result does and does not show. */
function certainty(
  measure: MeasureNote,
  { p, detectable, difference }: GroupMeasure,
  { sample }: Nouns,
): string {
  const { low, high, clusters } = difference;
  if (low === undefined || high === undefined) {
    const where = clusters < bootstrapDefaults.intervalClusters ? "" : " on some of the benchmarks";
    const unsaid =
      p < comparisonDefaults.alpha
        ? `how large the difference is on other ${sample}s is not known`
        : `nothing can be said about other ${sample}s`;
    return `Too few ${sample}s${where} for an interval: ${unsaid}.`;
  }
  if (p < comparisonDefaults.alpha || low === high) return "";
  if (low > 0 || high < 0) return "The interval excludes zero, but the test is not significant.";
  if (detectable === undefined)
    return `Not a clear difference, on too few ${sample}s to say which one would have been detected.`;
  return `Not a clear difference; one of ${sizeText(measure, detectable)} or more would probably have been detected.`;
}

function spreadOf(measure: MeasureNote, found: GroupMeasure, { target }: Nouns): string {
  const { benchmarks, clear, targets } = found;
  const n = targetsWithValues(found);
  const far = movedFar(measure, found);
  const all = benchmarkCount(found);
  if (measure.better === "none") return movedText(measure, found, `${target}s`);
  const same = benchmarks.same === 0 ? "" : `, the same on ${benchmarks.same}`;
  const sure = `${clear.better} clearly better and ${clear.worse} clearly worse after Holm's correction`;
  const moved =
    far === undefined
      ? ""
      : ` ${percent(far.worse / n)} % of the ${target}s became worse by more than ${sizeText(measure, far.by)}, ${percent(far.better / n)} % better by as much.`;
  const tally =
    targets === undefined
      ? undefined
      : `on ${count(targets.better)} of ${plural(n, target)}, worse on ${count(targets.worse)}`;
  if (all === 1) return `${tally === undefined ? "" : `Better ${tally}.`}${moved}`.trim();
  const masks = tally === undefined ? "" : `, ${tally}`;
  return `Better on ${benchmarks.better} of ${plural(all, "benchmark")}${same} (${sure})${masks}.${moved}`;
}

/** The same where neither side is better. */
function movedText(measure: MeasureNote, found: GroupMeasure, targets: string): string {
  const far = movedFar(measure, found);
  const n = targetsWithValues(found);
  const parts = [
    ...(benchmarkCount(found) === 1 ? [] : [otherOn(found)]),
    ...(far?.moved === undefined
      ? []
      : [`${percent(far.moved / n)} % of the ${targets} moved by more than ${sizeText(measure, far.by)}.`]),
  ];
  return parts.join(" ");
}

/** "It is another number on 3 of 5 benchmarks, clearly so after Holm's correction on 1." */
function otherOn(found: GroupMeasure): string {
  const { benchmarks, clear } = found;
  return `It is another number on ${benchmarks.moved ?? 0} of ${plural(benchmarkCount(found), "benchmark")}, clearly so after Holm's correction on ${clear.moved ?? 0}.`;
}

function benchmarkCount({ benchmarks: { better, same, worse, moved = 0 } }: GroupMeasure): number {
  return better + same + worse + moved;
}

/** Three sentences to paste: the difference, how sure it is and how wide it spreads, and where it is largest. */
export function summaryText(comparison: Comparison, pair: ComparedPair): string | undefined {
  const lead = comparisonLead(comparison, pair);
  const protocol = comparison.protocols.find((one) => firstMeasure(pair, one) !== undefined);
  if (lead === undefined || protocol === undefined) return undefined;
  const measure = firstMeasure(pair, protocol)!;
  const nouns = nounsOf(comparison.protocols);
  const found = measured(overallOf(pair, protocol.id), measure.id)!;
  if (allAlike(pair)) return `${pairTitle(comparison, pair)}: ${leadText(lead)}`;
  const { benchmarks, clear, difference } = found;
  const all = benchmarkCount(found);
  const alone = all === 1 ? rankedCells(pair, protocol.id, measure)[0] : undefined;
  const where = alone === undefined ? plural(all, "benchmark") : benchmarkTitle(comparison, alone.benchmark);
  const size = `${meansText(measure, found)}; ${protocol.id}, ${fullName(measure)}; ${plural(difference.n, nouns.target)} of ${where}`;
  const head = `${pairTitle(comparison, pair)}: ${lead.score} ${sureText(measure, found)} (${size}).`;
  if (alone !== undefined)
    return joined(head, certainty(measure, found, nouns), spreadOf(measure, found, nouns));
  const ranked = rankedCells(pair, protocol.id, measure).flatMap((cell) => {
    const value = measured(cell, measure.id)?.difference.value;
    if (value === undefined) return [];
    const title = benchmarkTitle(comparison, cell.benchmark);
    return [{ gained: gain(measure, value), text: `${title} (${formatDifference(measure, value)})` }];
  });
  if (measure.better === "none") return `${head} ${otherOn(found)}`;
  return [
    head,
    `It is better on ${benchmarks.better} of ${plural(all, "benchmark")} and worse on ${benchmarks.worse}, clearly so after Holm's correction on ${clear.better} and ${clear.worse}.`,
    difference.low === undefined ? certainty(measure, found, nouns) : "",
    endsText(ranked),
  ]
    .filter((part) => part !== "")
    .join(" ");
}

/** Where the difference is largest on either side, best first; a loss is not called a gain. */
function endsText(ranked: readonly { readonly gained: number; readonly text: string }[]): string {
  const [first, last] = [ranked[0], ranked.at(-1)];
  if (first === undefined || last === undefined || first === last) return "";
  if (last.gained >= 0) return `It gains most on ${first.text}, least on ${last.text}.`;
  if (first.gained <= 0) return `It loses most on ${last.text}, least on ${first.text}.`;
  return `It gains most on ${first.text} and loses most on ${last.text}.`;
}

/** "MobileSAM against SAM ViT-B". */
export function pairTitle(comparison: Comparison, pair: ComparedPair): string {
  return `${titleOf(comparison, pair.candidate)} against ${comparison.base.title}`;
}

/** "sam1-d1@1 pairs 9,870 of 10,012 masks: 3 failed in candidate": nothing is left out silently, nor that there is little. */
export function pairingLines(comparison: Comparison, pair: ComparedPair): string[] {
  const few = badgeNote(
    [...pair.cells, ...pair.groups].flatMap(({ measures }) => measures.map(({ difference }) => difference)),
  );
  const { target } = nounsOf(comparison.protocols);
  const pairings = comparison.protocols.map(({ id }) => {
    const { pairs, dropped, unpaired } = overallOf(pair, id).pairing;
    const missing = Object.entries(unpaired).map(([reason, n]) => `${count(n)} ${reason}`);
    const rest = [...missing, ...(dropped === 0 ? [] : [`${count(dropped)} dropped in both`])];
    return `${id}: ${plural(pairs, target)} compared${rest.length === 0 ? "" : `; ${rest.join(", ")}`}`;
  });
  return few === "" ? pairings : [...pairings, few];
}
