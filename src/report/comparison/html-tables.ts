// The tables of the comparison page.
import type { ComparedPair, Comparison, PairedMeasure } from "../../core/comparison.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { ProtocolNote } from "../../core/summary.ts";
import { count, formatDifference, formatValue, plural } from "../format-number.ts";
import { type Html, html, raw } from "../html/markup.ts";
import { block, dataTable, type Head, numberCell, rowHead, textCell } from "../html/parts.ts";
import {
  benchmarkTitle,
  besideFirst,
  domainsOf,
  domainsOfBenchmark,
  firstMeasure,
  groupMeasured,
  measured,
  overallOf,
  rankedCells,
  shownMeasures,
  verdictOf,
} from "./lookup.ts";
import {
  besideLabel,
  changedText,
  measureLabel,
  movedFar,
  pText,
  signedInterval,
  tallyText,
  unpairedText,
} from "./numbers.ts";
import { changedTable } from "./tables.ts";

const numeric = (title: string, hint?: string): Head => ({
  ...{ title, numeric: true },
  ...(hint === undefined ? {} : { hint }),
});
const worded = (title: string): Head => ({ title, numeric: false });

const common: readonly Head[] = [
  numeric("Base"),
  numeric("Candidate"),
  numeric("Difference", "candidate minus base"),
];
const moved = numeric("Moved far, %", "masks that became better / worse by more than the definitions say");

function meansAndDifference(measure: MeasureNote, found: PairedMeasure): Html[] {
  const { value } = found.difference;
  const verdict = verdictOf(found, measure);
  const sort = Number(value.toFixed(6));
  const color = verdict === "open" ? "" : ` style="color:var(--${verdict === "better" ? "m0" : "m1"})"`;
  return [
    numberCell(formatValue(measure, found.base), found.base),
    numberCell(formatValue(measure, found.candidate), found.candidate),
    html`<td class="num score" data-sort="${sort}"><b${raw(color)}>${formatDifference(measure, value)}</b><small>${signedInterval(measure, found)}</small></td>`,
  ];
}

function movedCell(measure: MeasureNote, found: PairedMeasure): Html {
  const far = movedFar(measure, found);
  return far === undefined
    ? numberCell("–")
    : numberCell(changedText(measure, found), far.worse / found.difference.n);
}

function detectableCell(measure: MeasureNote, { detectable }: PairedMeasure): Html {
  return detectable === undefined
    ? numberCell("–")
    : numberCell(formatValue(measure, detectable), detectable);
}

export function overallRows({ protocols }: Comparison, pair: ComparedPair): Html {
  const heads = [
    worded("Measure"),
    ...common,
    numeric("p"),
    numeric("Benchmarks", "better / the same / worse"),
    numeric("Clear", "better / worse after Holm's correction"),
    numeric("Masks", "better / the same / worse"),
    moved,
    numeric("Detectable", "smallest difference found with 80 % probability"),
  ];
  const rows = protocols.flatMap((protocol) =>
    shownMeasures(pair, protocol).map((measure, m) => {
      const found = groupMeasured(overallOf(pair, protocol.id), measure.id)!;
      const { p, benchmarks, clear, targets } = found;
      return {
        className: m === 0 ? "group" : "",
        cells: [
          rowHead(html`${measureLabel(measure)}<small>${protocol.id}</small>`),
          ...meansAndDifference(measure, found),
          numberCell(pText(p), p),
          numberCell(tallyText(benchmarks), benchmarks.better),
          numberCell(`${clear.better} / ${clear.worse}`, clear.better),
          numberCell(tallyText(targets), targets?.better),
          movedCell(measure, found),
          detectableCell(measure, found),
        ],
      };
    }),
  );
  return dataTable(
    html`<b>Suite</b> unweighted means over benchmarks: percent and points, or the unit in brackets`,
    heads,
    rows,
    "Suite differences",
  );
}

export function benchmarkRows(
  comparison: Comparison,
  pair: ComparedPair,
  protocol: ProtocolNote,
  ids: ReadonlyMap<string, string>,
): Html {
  const measure = firstMeasure(pair, protocol)!;
  const others = besideFirst(pair, protocol);
  const heads = [
    worded("Benchmark"),
    ...common,
    numeric("p (Holm)", "sign-flip test; corrected for the number of benchmarks"),
    ...others.map((other) => numeric(besideLabel(measure, other), "difference")),
    numeric("Masks", "better / the same / worse"),
    moved,
    numeric("Detectable"),
    numeric("Pairs"),
  ];
  const rows = rankedCells(pair, protocol.id, measure).map((cell) => {
    const found = measured(cell, measure.id);
    const missing = unpairedText(cell.pairing);
    const pairs = numberCell(count(cell.pairing.pairs), cell.pairing.pairs, missing);
    const name = html`<span class="name">${benchmarkTitle(comparison, cell.benchmark)}</span><small>${[cell.benchmark, ...domainsOfBenchmark(comparison, cell.benchmark)].join(" · ")}</small>`;
    const id = ids.get(cell.benchmark)!;
    if (found === undefined)
      return { id, cells: [rowHead(name), ...heads.slice(2).map(() => numberCell("–")), pairs] };
    return {
      id,
      cells: [
        rowHead(name),
        ...meansAndDifference(measure, found),
        numberCell(pText(found.p), found.holm, `(${pText(found.holm)})`),
        ...others.map((other) => {
          const one = measured(cell, other.id);
          if (one === undefined) return numberCell("–");
          return numberCell(formatDifference(other, one.difference.value), one.difference.value);
        }),
        numberCell(tallyText(found.targets), found.targets?.better),
        movedCell(measure, found),
        detectableCell(measure, found),
        pairs,
      ],
    };
  });
  const caption = html`${measureLabel(measure)}: percent, points and counts; the other columns are differences`;
  return dataTable(caption, heads, rows, `Benchmarks, ${protocol.id}`);
}

export function domainRows(pair: ComparedPair, protocol: ProtocolNote): Html | undefined {
  const measure = firstMeasure(pair, protocol)!;
  const rows = domainsOf(pair, protocol.id).flatMap((group) => {
    const found = groupMeasured(group, measure.id);
    if (found === undefined) return [];
    return [
      {
        cells: [
          rowHead(html`${group.name}`),
          ...meansAndDifference(measure, found),
          numberCell(pText(found.p), found.p),
          numberCell(tallyText(found.benchmarks), found.benchmarks.better),
          movedCell(measure, found),
        ],
      },
    ];
  });
  if (rows.length < 2) return undefined;
  const heads = [
    worded("Domain"),
    ...common,
    numeric("p"),
    numeric("Benchmarks", "better / the same / worse"),
    moved,
  ];
  const note = "Unweighted means over a domain's benchmarks; a benchmark may be in several.";
  return block("Domains", note, dataTable(html`${measureLabel(measure)}`, heads, rows, "Domains"));
}

export function changedRows(
  comparison: Comparison,
  pair: ComparedPair,
  { id }: ProtocolNote,
): Html | undefined {
  const table = changedTable(comparison, pair, id);
  if (table.rows.length === 0) return undefined;
  const heads = table.columns.map(({ title, align }) => ({ title, numeric: align === "right" }));
  const rows = table.rows.map(([benchmark, sample, target, ...numbers]) => ({
    cells: [
      rowHead(html`${benchmark}`),
      textCell(sample!),
      textCell(target!),
      ...numbers.map((text) => numberCell(text, Number(text))),
    ],
  }));
  const content = dataTable(html`the worst first, then the best`, heads, rows, "Most changed targets");
  return html`<details><summary>Most changed targets</summary>${content}</details>
`;
}

/** The gate's verdict in a line. */
export function gateVerdict({ gate }: ComparedPair): Html | undefined {
  if (gate === undefined) return undefined;
  const broken = gate.checks.filter(({ passed }) => !passed).length;
  const all = plural(gate.checks.length, "limit");
  return broken === 0
    ? html`<p class="size"><b>Gate ${gate.name}: passed.</b> ${all} kept.</p>
`
    : html`<div class="warning" role="note"><b>Gate ${gate.name}: failed.</b> ${broken} of ${all} broken.</div>
`;
}

/** Its limits: broken ones in view, the others folded away. */
export function gateRows({ gate }: ComparedPair): Html | undefined {
  if (gate === undefined) return undefined;
  const table = (passed: boolean, name: string) => {
    const rows = gate.checks
      .filter((check) => check.passed === passed)
      .map(({ where, what, limit, got }) => ({
        cells: [rowHead(html`${where}`), textCell(what), textCell(limit), textCell(got)],
      }));
    const heads = ["Where", "What", "Limit", "Got"].map(worded);
    return rows.length === 0 ? undefined : dataTable(html`${name}`, heads, rows, name);
  };
  const kept = table(true, "Limits kept");
  return html`<div class="block">${table(false, "Broken limits")}${
    kept === undefined ? undefined : html`<details><summary>Limits kept</summary>${kept}</details>`
  }</div>
`;
}
