// Tables of a protocol beside mIoU, where it has them.
import type { Summary } from "../../core/summary.ts";
import { count, decimal, percent, percentWithInterval, signedPercent } from "../format-number.ts";
import { modelTitle, roundLabel, shownRounds } from "../lookup.ts";
import { type Column, markdownTable } from "../table.ts";

interface Extra {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A titled table, or nothing without rows; its first two columns are words. */
export function extraTable(title: string, { titles, rows }: Extra, words = ["benchmark", "model"]): string[] {
  if (rows.length === 0) return [];
  const columns = [...words, ...titles].map(
    (name, c): Column => ({ title: name, align: c < 2 ? "left" : "right" }),
  );
  return [`### ${title}`, "", ...markdownTable({ columns, rows }), ""];
}

export function calibrationRows(summary: Summary, protocol: string): Extra {
  const rows = summary.cells.flatMap((cell) => {
    if (cell.protocol !== protocol || cell.calibration === undefined) return [];
    const { ece, bias, spearman, n } = cell.calibration;
    const rank = spearman === null ? "-" : decimal(spearman, 2);
    return [
      [cell.benchmark, modelTitle(summary, cell.model), percent(ece), signedPercent(bias), rank, count(n)],
    ];
  });
  return { titles: ["ECE", "bias", "Spearman", "masks"], rows };
}

export function clicksRows(summary: Summary, protocol: string): Extra {
  const own = summary.cells.filter(
    (cell) => cell.protocol === protocol && cell.clicksToQuality !== undefined,
  );
  const levels = [...new Set(own.flatMap((cell) => cell.clicksToQuality!.map(({ iou }) => iou)))].sort();
  const rows = own.map((cell) => [
    cell.benchmark,
    modelTitle(summary, cell.model),
    ...levels.flatMap((iou) => {
      const level = cell.clicksToQuality!.find((candidate) => candidate.iou === iou);
      return level === undefined ? ["-", "-"] : [decimal(level.mean.value, 2), count(level.unreached)];
    }),
  ]);
  return { titles: levels.flatMap((iou) => [`NoC@${percent(iou, 0)}`, "unreached"]), rows };
}

export function drawRows(summary: Summary, protocol: string): Extra {
  const rows = summary.cells.flatMap((cell) => {
    if (cell.protocol !== protocol || cell.draws === undefined) return [];
    const { mean, spread, worst, draws } = cell.draws;
    return [
      [
        cell.benchmark,
        modelTitle(summary, cell.model),
        ...[mean, spread, worst].map(({ value }) => percent(value)),
        count(draws),
      ],
    ];
  });
  return { titles: ["mean", "spread", "worst draw", "draws"], rows };
}

/** Macro means by domain, the first round with its interval. */
export function domainRows(summary: Summary, protocol: string): Extra {
  const own = summary.domains.filter((entry) => entry.protocol === protocol && entry.rounds.length > 0);
  const clicks = shownRounds(summary, protocol);
  const rows = [...new Set(own.map(({ domain }) => domain))].flatMap((domain) =>
    own
      .filter((entry) => entry.domain === domain)
      .map(({ model, rounds, benchmarks }) => [
        ...[domain, modelTitle(summary, model)],
        ...clicks.map((n, r) => {
          const macro = rounds.find((round) => round.clicks === n)?.macro;
          if (macro === undefined) return "-";
          return r === 0 ? percentWithInterval(macro) : percent(macro.value);
        }),
        count(benchmarks),
      ]),
  );
  return { titles: [...clicks.map((n) => roundLabel(protocol, n)), "benchmarks"], rows };
}

/** Categories listed per benchmark: the page of the run has more. */
const listedCategories = 5;

/** mIoU of the largest categories of every benchmark, a column per model, in the first round. */
export function categoryRows(summary: Summary, protocol: string): Extra {
  const clicks = shownRounds(summary, protocol)[0];
  const rows = summary.benchmarks.flatMap(({ name: benchmark }) => {
    const cells = summary.models.map(({ name }) =>
      summary.cells.find(
        (cell) => cell.model === name && cell.benchmark === benchmark && cell.protocol === protocol,
      ),
    );
    const listed = cells.find((cell) => cell?.byCategory !== undefined)?.byCategory ?? [];
    return listed.slice(0, listedCategories).flatMap(({ name }) => {
      if (name === null) return [];
      const own = cells.map((cell) => cell?.byCategory?.find((bucket) => bucket.name === name));
      const scores = own.map(
        (bucket) => bucket?.rounds.find((round) => round.clicks === clicks)?.miou ?? undefined,
      );
      return [
        [
          ...[benchmark, name],
          ...scores.map((miou) => (miou === undefined ? "-" : percent(miou))),
          count(Math.max(...own.map((bucket) => bucket?.n ?? 0))),
        ],
      ];
    });
  });
  return { titles: [...summary.models.map(({ title }) => title), "masks"], rows };
}
