// The first screens: the suite in numbers and words, every benchmark in one chart, curves, domains, and the heat map.
import { type Estimate, type MeasureNote, units } from "../../core/measure.ts";
import { nounsOf } from "../../core/words.ts";
import { differenceFigure, differenceRow } from "../kit/bars.ts";
import { modelMark, type Series } from "../kit/figures.ts";
import {
  badge,
  count,
  formatInterval,
  formatMarked,
  formatValue,
  fullName,
  inUnit,
  placedName,
  sentence,
  shortName,
  titleWithin,
} from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { copyable, leadMarkdown, leadText, listed, remarks, type Section, section } from "../kit/page.ts";
import { badgeMark, bounded, boundHint, type Cell, htmlTable, left, number, right } from "../kit/table.ts";
import { toned } from "../kit/text-table.ts";
import { gain, hasMeasure, isScored, mainProtocol, marginsOver, suiteOf, totalsOf } from "../lookup.ts";
import { ranking } from "./benchmarks.ts";
import {
  bestOf,
  hiding,
  isSuite,
  type ModelRow,
  type Page,
  type ProtocolPage,
  protocolsOf,
} from "./columns.ts";
import { suiteCurve } from "./curves.ts";
import { domainPlot } from "./domains.ts";
import { heatMap } from "./heat-map.ts";
import { intervalFigure } from "./intervals.ts";
import { besideMain, fewText, runLead, runSize } from "./lead.ts";

const id = "result";

export const overviewSection: Section<Page> = {
  id,
  links: () => [[id, "Result"]],
  html: (page) => {
    const { summary, series } = page;
    const protocols = protocolsOf(page);
    const main = protocols.find(({ protocol }) => protocol.id === mainProtocol(summary));
    if (main === undefined) return section(id, "Result", html`<p>Nothing was scored.</p>`);
    const found = series.length > 1 ? differences(main) : ranking(main, 560);
    // Of one benchmark there is nothing to rank: the curve takes the place of the chart.
    const curve = suiteCurve(main, 560);
    const [chart, below] = isSuite(main) ? [found, curve] : [curve ?? byProtocol(protocols), undefined];
    const heat = heatMap(page);
    const domains = domainPlot(main);
    const few = fewText(summary);
    const what = [main.protocol.id, ...(main.keys === undefined ? [] : [fullName(main.keys.first)])].join(
      ", ",
    );
    return section(
      id,
      `Result: ${what}`,
      html`<div class="lead"><div>${results(main)}<div class="paste">${copyable("summary-text", leadText(runLead(summary)))}</div>
${few === "" ? undefined : remarks([few])}</div><div>${chart}</div></div>
${below === undefined && heat?.half === undefined && domains === undefined ? undefined : html`<div class="columns block"><div>${below}${heat?.half}</div>${domains}</div>`}
${heat?.whole}
<div class="tables block">${protocols.map(suiteTable)}</div>
`,
    );
  },
  markdown: ({ summary }) => {
    const lead = leadMarkdown(runLead(summary));
    const few = fewText(summary);
    const notes = summary.models.flatMap(({ title, remarks: own }) => own.map((note) => `${title}: ${note}`));
    return [
      `${runSize(summary)}.${summary.complete ? "" : " **Incomplete run**: the numbers are those of the rows so far."}`,
      "",
      ...(lead === "" ? [] : [lead, ""]),
      ...(few === "" ? [] : [few, ""]),
      ...(notes.length > 0 ? [...listed(notes), ""] : []),
    ];
  },
  terminal: ({ summary }, screen) => [
    toned(summary.title, "bold", screen),
    summary.complete ? runSize(summary) : `${runSize(summary)} (incomplete)`,
  ],
};

/** One measure under several protocols, a row for each: where there is no other chart. */
function byProtocol(pages: readonly ProtocolPage[]): Html | undefined {
  const first = pages[0]?.keys?.first;
  const same = pages.filter(({ keys }) => keys?.first.id === first?.id);
  if (first === undefined || same.length < 2) return undefined;
  const rows = same.map(({ summary, series, protocol: { id: name } }) => ({
    name,
    marks: series.map((look) => ({
      series: look,
      estimateOf: (measure: MeasureNote) => suiteOf(summary, name, look.name)?.measures[measure.id]?.macro,
    })),
  }));
  return intervalFigure(`${fullName(first)}, by protocol`, rows, { first }, 560);
}

/** The main number of every model. */
function results({ summary, series, protocol, keys }: ProtocolPage): Html {
  const beside = besideMain(summary, protocol.id);
  const items = series.flatMap((look) => {
    const measures = suiteOf(summary, protocol.id, look.name)?.measures ?? {};
    const macro = keys === undefined ? undefined : measures[keys.first.id]?.macro;
    if (keys === undefined || macro === undefined) return [];
    const { first, bound, last } = keys;
    const few = badge(macro);
    /** Its badge only where it is another than the one before them all. */
    const fact = (name: string | undefined, measure: MeasureNote, value: Estimate | undefined) =>
      value === undefined
        ? ""
        : `${name} ${badge(value) === few ? formatValue(measure, value.value) : formatMarked(measure, value)}`;
    const named = (name: string | undefined, measure: MeasureNote | undefined) =>
      measure === undefined ? "" : fact(name, measure, measures[measure.id]?.macro);
    const facts = [
      formatInterval(first, macro),
      ...[named(bound?.of, bound), named(last?.at, last)],
      ...beside.map(({ protocol: id, first: other }) =>
        fact(id, other, suiteOf(summary, id, look.name)?.measures[other.id]?.macro),
      ),
    ].filter((part) => part !== "");
    return [
      html`<li class="${look.className}">${modelMark(look)}${typedName(look)}<span class="score"><b>${formatValue(first, macro.value)}</b>${units[first.unit].value} ${first.step === undefined ? shortName(first) : placedName(first)}</span><span class="more">${few === "" ? undefined : html`${badgeMark(few)} `}${facts.join(" · ")}</span></li>`,
    ];
  });
  return html`<ul class="results">${items}</ul>
`;
}

/** The name by which commands and the terminal call a model, where its title is another. */
function typedName({ name, title }: Series): Html | undefined {
  return title.toLowerCase() === name ? undefined : html` <span class="more">${name}</span>`;
}

/** Differences per benchmark, best first, a plot for each other model: the masks that count on both sides. */
function differences(page: ProtocolPage): Html[] {
  const { series, keys } = page;
  const [one, ...others] = series;
  if (one === undefined || keys === undefined) return [];
  const { first } = keys;
  const side = first.better === "lower" ? "left" : "right";
  const is = first.better === "none" ? "higher" : "better";
  return others.flatMap((other) => {
    const title = `${titleWithin(one.title)} minus ${titleWithin(other.title)}, ${fullName(first)}`;
    const note = `${sentence(side)} of 0 ${one.title} is ${is}. Intervals of differences need pairs: segbench compare.`;
    return [differencesOf(page, [one, other], { title, note }), boundDifferences(page, one, other)].flatMap(
      (figure) => figure ?? [],
    );
  });
}

/** As papers compare with networks of one mask: the bound of the model that has candidates against the other's only mask. */
function boundDifferences(page: ProtocolPage, one: Series, other: Series): Html | undefined {
  const { summary, protocol, keys } = page;
  const bound = keys?.bound;
  if (bound === undefined) return undefined;
  const has = ({ name }: Series) => hasMeasure(summary, protocol.id, name, bound);
  if (has(one) === has(other)) return undefined;
  const [several, single] = has(one) ? [one, other] : [other, one];
  const title = `${several.title}, ${fullName(bound)}, minus ${single.title}`;
  const note = `${single.title} returns one mask and has no ${bound.of}. Here the best of ${several.title}'s masks stands against it, as in the SAM paper's comparison with click networks; the plot above compares the masks that count.`;
  return differencesOf(page, [several, single], { title, note, measure: bound });
}

/** Undefined where fewer than two benchmarks have scores of both. */
function differencesOf(
  { summary, protocol, keys }: ProtocolPage,
  [one, other]: readonly [Series, Series],
  { title, note, measure }: { readonly title: string; readonly note: string; readonly measure?: MeasureNote },
): Html | undefined {
  const margins = marginsOver(summary, protocol.id, one.name, other.name, measure);
  if (keys === undefined || margins.length < 2) return undefined;
  const { difference: unit } = units[keys.first.unit];
  const rows = margins.map(({ benchmark, value }) => {
    const row = differenceRow(benchmark, keys.first, { value });
    return { ...row, color: gain(keys.first, value) >= 0 ? one.color : other.color };
  });
  return differenceFigure(rows, {
    ...{ title, wide: 560, label: unit === "" ? "difference" : `difference,${unit}` },
    ...{ note, className: other.className, described: `${title}: ` },
  });
}

/** The suite under one protocol: every model, every column; bounds are shown faint, and never marked as the best. */
function suiteTable(page: ProtocolPage): Html | undefined {
  const { summary, series, measures, keys, protocol: note } = page;
  const { id: protocol, summary: what } = note;
  const scored = series.flatMap((look) => suiteOf(summary, protocol, look.name) ?? []);
  const first = keys?.first;
  if (first === undefined || !scored.some(isScored)) return undefined;
  const isBest = bestOf(
    series.map(({ name: model }) => ({
      name: protocol,
      estimateOf: ({ id }: MeasureNote) => suiteOf(summary, protocol, model)?.measures[id]?.macro,
    })),
  );
  const measured = (measure: MeasureNote) => {
    const cell = ({ look }: ModelRow): Cell => {
      const own = suiteOf(summary, protocol, look.name)?.measures[measure.id];
      if (own === undefined) return undefined;
      const { macro, micro } = own;
      const row = { name: protocol, estimateOf: () => macro };
      const kind = measure.boundOf !== undefined ? " soft" : isBest(row, measure) ? " best" : "";
      return {
        ...{ ...bounded(formatValue(measure, macro.value), measure, macro), className: `score${kind}` },
        notes: micro === undefined || !isSuite(page) ? [] : [`micro ${formatValue(measure, micro.value)}`],
      };
    };
    return right(measure.title, cell, { hint: boundHint(measure) });
  };
  const nouns = nounsOf(summary.protocols);
  const total = (of: "scored" | "failed") => (row: ModelRow) => {
    const n = totalsOf(summary, protocol, row.look.name)[of];
    return number(count(n), n);
  };
  const columns = [
    left<ModelRow>("Model", ({ look }) => ({ text: look.title, page: modelMark(look) })),
    ...measures.map(measured),
    right(sentence(`${nouns.target}s`), total("scored"), { hint: `scored ${nouns.row}s` }),
    right("Failed", total("failed")),
  ];
  const table = { columns, rows: series.map((look) => ({ look })), mark: hiding };
  const name = `${inUnit(isSuite(page) ? `Suite ${first.of}` : first.of, first)}, ${protocol}`;
  return html`<div>${htmlTable(table, html`<b>${protocol}</b> ${what}`, name)}</div>`;
}
