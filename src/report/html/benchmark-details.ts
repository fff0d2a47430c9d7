// What a benchmark's section folds away: everything about it under one protocol.
import type { Cell, Counts } from "../../core/summary.ts";
import { count, decimal, percent, signedPercent } from "../format-number.ts";
import { roundLabel, shownRounds } from "../lookup.ts";
import { calibrationPlot } from "../plots/calibration.ts";
import { benchmarkCurve } from "./curves.ts";
import { distribution } from "./distribution.ts";
import { type Html, html, slug } from "./markup.ts";
import { dataTable, modelMark, numberCell, type Page, panelWidth, plotFigure, rowHead } from "./parts.ts";
import { benchmarkSizes } from "./sizes.ts";

/** Curve, distribution, sizes, calibration, categories, and what could not be scored. */
export function benchmarkDetails(page: Page, benchmark: string, protocol: string): Html | undefined {
  const cells = page.summary.cells.filter(
    (cell) => cell.benchmark === benchmark && cell.protocol === protocol,
  );
  if (cells.length === 0) return undefined;
  const figures = [
    benchmarkCurve(page, cells),
    distribution(page, protocol, cells),
    ...benchmarkSizes(page, protocol, cells),
    calibration(page, cells),
  ].flatMap((figure) => figure ?? []);
  const parts = [
    ...(figures.length > 0 ? ["distribution", "sizes"] : []),
    ...(cells.some((cell) => (cell.calibration?.n ?? 0) > 0) ? ["calibration"] : []),
    ...(cells.some(({ byCategory }) => byCategory !== undefined) ? ["categories"] : []),
    ...(cells.some(hasMissing) ? ["not scored"] : []),
  ];
  if (parts.length === 0) return undefined;
  const id = `${page.benchmarkIds.get(benchmark)!}-${slug(protocol)}`;
  return html`<details id="${id}"><summary>${protocol}: ${parts.join(", ")}</summary>
<div class="panels">${figures}</div>
${categories(page, benchmark, protocol, cells)}${missing(page, cells)}</details>
`;
}

function calibration({ series }: Page, cells: readonly Cell[]): Html | undefined {
  const lines = series.flatMap((look) => {
    const own = cells.find(({ model }) => model === look.name)?.calibration;
    return own === undefined || own.n === 0 ? [] : [{ series: look, bins: own.bins, calibration: own }];
  });
  if (lines.length === 0) return undefined;
  const facts = lines.map(({ series: { title }, calibration: { ece, bias, spearman } }) => {
    const rank = spearman === null ? "" : `, Spearman ${decimal(spearman, 2)}`;
    return `${lines.length > 1 ? `${title}: ` : ""}ECE ${percent(ece)}, bias ${signedPercent(bias)}${rank}`;
  });
  const plot = calibrationPlot(lines, panelWidth, `Predicted and actual IoU. ${facts.join(". ")}`);
  return plotFigure("Calibration", plot, `${facts.join(". ")}.`, "panel");
}

function categories(
  page: Page,
  benchmark: string,
  protocol: string,
  cells: readonly Cell[],
): Html | undefined {
  const clicks = shownRounds(page.summary, protocol)[0];
  const models = page.series.flatMap((look) => {
    const buckets = cells.find(({ model }) => model === look.name)?.byCategory;
    return buckets === undefined ? [] : [{ look, buckets }];
  });
  const listed = models[0]?.buckets;
  if (clicks === undefined || listed === undefined) return undefined;
  const rows = listed.map(({ name, categories: behind }) => {
    const own = models.map(({ buckets }) => buckets.find((bucket) => bucket.name === name));
    const n = Math.max(...own.map((bucket) => bucket?.n ?? 0));
    return {
      cells: [
        rowHead(html`${name ?? `${count(behind)} other ${behind === 1 ? "category" : "categories"}`}`),
        numberCell(count(n), n),
        ...own.map((bucket, m) => {
          const miou = bucket?.rounds.find((round) => round.clicks === clicks)?.miou ?? undefined;
          if (miou === undefined) return numberCell("–");
          const { color, className } = models[m]!.look;
          return html`<td class="num measured ${className}" data-sort="${Number(miou.toFixed(6))}" style="--share:${percent(miou)}%;--own:${color}">${percent(miou)}</td>`;
        }),
      ],
    };
  });
  const heads = [
    { title: "Category", numeric: false },
    { title: "Masks", numeric: true },
    ...models.map(({ look }) => ({
      title: models.length > 1 ? look.title : "mIoU",
      numeric: true,
      className: look.className,
    })),
  ];
  const caption = html`<b>Categories</b> mIoU in percent with ${roundLabel(protocol, clicks)}, the largest categories first`;
  return dataTable(caption, heads, rows, `Categories of ${benchmark}, ${protocol}`);
}

function hasMissing({ counts: { failed, dropped } }: Cell): boolean {
  return failed > 0 || Object.keys(dropped).length > 0;
}

/** Every reason with its count, in the words of the rows. */
function missing({ series }: Page, cells: readonly Cell[]): Html | undefined {
  const list = (title: string, reasons: Counts["dropped"]) =>
    Object.entries(reasons).map(([reason, n]) => html`<li>${title}: ${count(n)} × ${reason}</li>`);
  const own = series.flatMap((look) => {
    const cell = cells.find(({ model }) => model === look.name);
    if (cell === undefined || !hasMissing(cell)) return [];
    const { dropped, failures } = cell.counts;
    return [{ look, items: [...list("dropped", dropped), ...list("failed", failures)] }];
  });
  if (own.length === 0) return undefined;
  const same =
    own.length === cells.length && new Set(own.map(({ items }) => JSON.stringify(items))).size === 1;
  const lines = same
    ? own[0]!.items
    : own.map(
        ({ look, items }) => html`<li class="${look.className}">${modelMark(look)}<ul>${items}</ul></li>`,
      );
  return html`<p class="caption"><b>Not scored</b></p><ul class="missing">${lines}</ul>
`;
}
