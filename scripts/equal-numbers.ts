// Checks that a run or a comparison has the same numbers as under row format 1. Reads summary.json and
// comparison.json of formats 1 and 2, and masks.jsonl of both: every number, interval and p-value must be the
// same to the last bit, and every mask the same string in the same place.
//
//     npx tsx scripts/equal-numbers.ts OLD NEW [OLD NEW ...]     (folders with some of these files)
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";

// biome-ignore lint/suspicious/noExplicitAny: files of a format that no longer has types
type Old = any;
interface Note {
  readonly id: string;
  readonly name: string;
  readonly step?: { readonly clicks: number };
}

/** Numbers compared, by kind, and the largest difference. */
const kinds = new Map<string, { same: number; different: number; farthest: number }>();
const wrong: string[] = [];

function kindOf(kind: string) {
  const known = kinds.get(kind) ?? { same: 0, different: 0, farthest: 0 };
  kinds.set(kind, known);
  return known;
}

/** Every number and string of `old` must be in `now`, which may have more. */
function hold(kind: string, where: string, old: Old, now: Old): void {
  if (old !== null && typeof old === "object" && now !== null && typeof now === "object") {
    for (const key of Object.keys(old)) hold(kind, `${where}.${key}`, old[key], now[key]);
    return;
  }
  const counted = kindOf(kind);
  if (old === now) {
    counted.same += 1;
    return;
  }
  counted.different += 1;
  if (typeof old === "number" && typeof now === "number")
    counted.farthest = Math.max(counted.farthest, Math.abs(old - now));
  else counted.farthest = Number.POSITIVE_INFINITY;
  wrong.push(`${kind}: ${where}: ${JSON.stringify(old)} -> ${JSON.stringify(now)}`);
}

const names: Readonly<Record<string, string>> = { miou: "iou", selected: "iou" };

/** "miou", 0 of a box protocol -> "iou@box"; "noc", 0.9 -> "noc@90". */
function idOf(notes: readonly Note[], metric: string, at: number): string {
  if (metric === "noc") return `noc@${Math.round(100 * at)}`;
  const first = notes.find(({ name, step }) => name === "iou" && step?.clicks === at);
  return `${names[metric] ?? metric}@${first?.id.split("@")[1] ?? at}`;
}

function notesOf(file: Old, protocol: string): Note[] {
  return file.protocols.find(({ id }: Old) => id === protocol)?.measures ?? [];
}

function summaries(old: Old, now: Old): void {
  const one = (from: readonly Old[], like: Old, keys: readonly string[]) =>
    from.find((other) => keys.every((key) => other[key] === like[key]));
  for (const [key, value] of Object.entries({ title: old.title, complete: old.complete }))
    hold("facts", key, value, now[key]);
  for (const cell of old.cells) {
    const found = one(now.cells, cell, ["model", "benchmark", "protocol"]);
    const where = `${cell.model} ${cell.benchmark} ${cell.protocol}`;
    if (found === undefined) hold("cells", where, "there", "missing");
    else cells(where, notesOf(now, cell.protocol), cell, found);
  }
  for (const [list, keys] of [
    ["suites", ["model", "protocol"]],
    ["domains", ["model", "protocol", "domain"]],
  ] as const)
    for (const suite of old[list]) {
      const found = one(now[list], suite, keys);
      const where = keys.map((key) => suite[key]).join(" ");
      hold(list, `${where} benchmarks`, suite.benchmarks, found?.benchmarks);
      for (const { clicks, macro, micro, oracleMacro, oracleMicro } of suite.rounds) {
        const notes = notesOf(now, suite.protocol);
        for (const [metric, estimates] of [
          ["miou", { macro, micro }],
          ["oracle", { macro: oracleMacro, micro: oracleMicro }],
        ] as const) {
          if (estimates.macro === undefined) continue;
          const id = idOf(notes, metric, clicks);
          for (const average of ["macro", "micro"] as const)
            estimate(list, `${where} ${id}`, estimates[average], found?.measures[id]?.[average]);
        }
      }
    }
  if (old.published !== undefined) published(old, now);
}

function cells(where: string, notes: readonly Note[], old: Old, now: Old): void {
  hold("counts", where, old.counts, now.counts);
  for (const { clicks, ...metrics } of old.rounds)
    for (const [metric, value] of Object.entries(metrics)) {
      const id = idOf(notes, metric, clicks);
      estimate("measures", `${where} ${id}`, value, now.measures[id]);
    }
  const oracle = old.rounds.find((round: Old) => round.oracle !== undefined)?.clicks;
  const first = old.rounds[0]?.clicks;
  for (const [name, at, value] of [
    ["gap", oracle, old.ambiguityGap],
    ["selection", oracle, old.selectionAccuracy],
    ["miou", first, old.draws?.mean],
    ["spread", first, old.draws?.spread],
    ["worst", first, old.draws?.worst],
  ]) {
    if (value === undefined) continue;
    const id = idOf(notes, name, at);
    estimate(value === old.ambiguityGap ? "gap" : name, `${where} ${id}`, value, now.measures[id]);
  }
  for (const { iou, mean, unreached } of old.clicksToQuality ?? []) {
    estimate("noc", `${where} ${idOf(notes, "noc", iou)}`, mean, now.measures[idOf(notes, "noc", iou)]);
    const share = now.measures[`unreached@${Math.round(100 * iou)}`];
    hold("unreached", where, unreached, Math.round(share.value * share.n));
  }
  for (const list of ["bySize", "byQuartile", "byCategory"])
    for (const [b, { rounds, ...bucket }] of (old[list] ?? []).entries()) {
      const found = now[list]?.[b];
      hold(list, `${where} ${b}`, bucket, found);
      for (const { clicks, miou } of rounds) {
        const id = idOf(notes, "miou", clicks);
        hold(list, `${where} ${b} ${id}`, miou, found?.values[id]);
      }
    }
  for (const { clicks, counts } of old.distribution)
    hold("distribution", where, counts, now.distributions[idOf(notes, "miou", clicks)]);
  if (old.calibration !== undefined) {
    const { ece, bias, spearman, n, bins } = old.calibration;
    hold("calibration", `${where} ece`, ece, now.measures["ece@1"]?.value);
    hold("calibration", `${where} bias`, bias, now.measures["bias@1"]?.value);
    hold("calibration", `${where} spearman`, spearman, now.measures["spearman@1"]?.value ?? null);
    hold("calibration", where, { n, bins }, now.details?.["ece@1"]);
  }
}

/** Value and bounds are kinds of their own: an interval can move without its value. */
function estimate(kind: string, where: string, { value, low, high, n, clusters }: Old, now: Old): void {
  hold(`${kind}, value`, where, { value, n, clusters }, now ?? {});
  hold(`${kind}, interval`, where, { low, high }, now ?? {});
}

/** Published numbers stand in the same order: they name a measure where they named a metric and clicks. */
function published(old: Old, now: Old): void {
  const line = (from: Old, where: string, was: Old, is: Old) => {
    const { metric, clicks, ...rest } = was;
    const measure = idOf(notesOf(from, was.protocol), metric, clicks);
    hold("published", where, { ...rest, measure }, is ?? {});
  };
  for (const [m, model] of old.published.models.entries()) {
    const found = now.published?.models[m];
    const { scores, ...rest } = model;
    hold("published", model.model, rest, found);
    for (const [s, score] of scores.entries()) line(now, `${model.model} ${s}`, score, found?.scores[s]);
  }
  for (const [d, difference] of old.published.differences.entries())
    line(now, `difference ${d}`, difference, now.published?.differences[d]);
}

function comparisons(old: Old, now: Old): void {
  for (const [p, pair] of old.pairs.entries()) {
    const found = now.pairs[p];
    hold("comparison facts", pair.candidate, pair.candidate, found?.candidate);
    hold("comparison facts", pair.candidate, pair.refused, found?.refused);
    for (const list of ["groups", "cells"] as const)
      for (const [g, { measures, pairing, ...place }] of pair[list].entries()) {
        const other = found?.[list][g];
        const where = `${pair.candidate} ${Object.values(place).join(" ")}`;
        hold("comparison facts", where, place, other);
        hold("pairing", where, pairing, other?.pairing);
        for (const {
          measure,
          base,
          candidate,
          difference,
          p: chance,
          holm,
          detectable,
          ...rest
        } of measures) {
          const [metric, at] = measure.split("@");
          const id = idOf(notesOf(now, place.protocol), metric, Number(at));
          const is = other?.measures.find((one: Old) => one.measure === id);
          const named = `${where} ${id}`;
          hold("values of both sides", named, { base, candidate }, is ?? {});
          estimate("difference", named, difference, is?.difference);
          hold("p", named, { p: chance, ...(holm === undefined ? {} : { holm }) }, is ?? {});
          hold("detectable", named, detectable, is?.detectable);
          hold("tallies", named, rest, is ?? {});
        }
      }
    for (const list of ["mostChanged", "examples"] as const)
      for (const [t, { image, measure, ...target }] of pair[list].entries()) {
        const [metric, at] = measure.split("@");
        const id = idOf(notesOf(now, target.protocol), metric, Number(at));
        const was = { ...target, sample: image, measure: id };
        hold("changed targets", `${pair.candidate} ${list} ${t}`, was, found?.[list][t] ?? {});
      }
    if (pair.gate !== undefined)
      hold("gate", pair.candidate, pair.gate.passed, found?.gate?.verdict === "passed");
  }
}

async function masks(old: string, now: string): Promise<void> {
  const lines = (path: string) => createInterface({ input: createReadStream(path) })[Symbol.asyncIterator]();
  const others = lines(now);
  let number = 0;
  for await (const text of createInterface({ input: createReadStream(old) })) {
    number += 1;
    const other = await others.next();
    const { image, clicks, draw, ...rest } = JSON.parse(text);
    const is = other.done === true ? {} : JSON.parse(other.value);
    hold("masks", `${basename(old)}:${number}`, { ...rest, sample: image, at: { clicks, draw } }, is);
  }
  const more = await others.next();
  hold("masks", `${basename(old)} ends`, true, more.done);
}

function json(path: string): Old {
  return JSON.parse(readFileSync(path, "utf8"));
}

const folders = process.argv.slice(2);
if (folders.length < 2 || folders.length % 2 === 1) {
  process.stderr.write("usage: tsx scripts/equal-numbers.ts OLD NEW [OLD NEW ...]\n");
  process.exit(2);
}
for (let i = 0; i < folders.length; i += 2) {
  const [old, now] = [folders[i]!, folders[i + 1]!];
  let held = 0;
  for (const [file, compare] of [
    ["summary.json", (a: string, b: string) => summaries(json(a), json(b))],
    ["comparison.json", (a: string, b: string) => comparisons(json(a), json(b))],
    ["masks.jsonl", masks],
  ] as const) {
    const paths = [join(old, file), join(now, file)] as const;
    if (!paths.every((path) => existsSync(path))) continue;
    held += 1;
    await compare(...paths);
  }
  if (held === 0) wrong.push(`${old}, ${now}: have no file in common`);
}
process.stdout.write(
  `${"kind".padEnd(28)}${"equal".padStart(10)}${"different".padStart(11)}  largest difference\n`,
);
for (const [kind, { same, different, farthest }] of kinds)
  process.stdout.write(
    `${kind.padEnd(28)}${String(same).padStart(10)}${String(different).padStart(11)}  ${farthest}\n`,
  );
for (const line of wrong.slice(0, 20)) process.stdout.write(`${line}\n`);
if (wrong.length > 20) process.stdout.write(`... and ${wrong.length - 20} more\n`);
process.exitCode = wrong.length === 0 ? 0 : 1;
