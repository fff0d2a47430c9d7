// Where the time went: the phases of an image's time for every model. Nothing without timing.jsonl.
import { type ModelTimes, type Phase, phases, type TimedPart, timedParts } from "../../core/timing.ts";
import { bothWidths, modelMark, plotFigure } from "../kit/figures.ts";
import { decimal, percent, sentence } from "../kit/format.ts";
import { type Html, html, raw } from "../kit/markup.ts";
import { type Section, section, titled } from "../kit/page.ts";
import { cutNames, drawPlot, Plot } from "../kit/plot.ts";
import { escapeMarkdown, htmlTable, left, markdownTable, number, right, type Table } from "../kit/table.ts";
import { milliseconds, sharesOf, sharesText, shareText, timeBadge, timesSentence } from "../times-text.ts";
import { callsBlock, callsLines } from "./calls.ts";
import { hiding, type ModelRow, modelColumn, type Page } from "./columns.ts";

const id = "times";
const title = "Where the time went";

export const timesSection: Section<Page> = {
  id,
  links: (page) => (timed(page).length === 0 ? [] : [[id, "Time"]]),
  html: (page) => {
    const shown = timed(page);
    if (shown.length === 0) return undefined;
    const frames = shown.some(({ own }) => own.frames !== undefined);
    const table = frames
      ? htmlTable(framesTable(page), "Milliseconds of a frame, stage by stage", title)
      : htmlTable(timesTable(page), "Milliseconds of an image, phase by phase", title);
    const described = shown.map(({ look, own }) => {
      const parts = [...sharesOf(own)].map(([name, share]) => `${name} ${shareText(share)}`);
      return `${look.title}: ${parts.join(", ")}`;
    });
    const draw = (width: number) => timesPlot(shown, width, `Shares of time. ${described.join(". ")}`);
    return section(
      id,
      title,
      html`${shown.map(({ look, own }) => html`<p class="note ${look.className}">${modelMark(look)}: ${timesSentence(own, page.summary.protocols)}.</p>`)}${callsBlock(page)}
<div class="block">${plotFigure(
        frames ? "Stages of a frame's time" : "Phases of an image's time",
        bothWidths(draw, 980),
        frames
          ? "A frame counts once for each protocol, and protocols share its run of the image encoder; all its objects are in its time. Clips are worked on at the same time, so their times add up to more than the run took."
          : "Images are worked on at the same time, so their times add up to more than the run took. A mean far above the median is that of few slow images: the first one waits for what is loaded.",
      )}
</div>${table}`,
    );
  },
  markdown: (page) => {
    const lines = timed(page).map(
      ({ look, own }) =>
        `- ${escapeMarkdown(look.title)}: ${timesSentence(own, page.summary.protocols)}. ${sentence(sharesText(own))}.`,
    );
    return lines.length === 0
      ? []
      : titled(`## ${title}`, [
          ...[...lines, ""],
          ...(timed(page).some(({ own }) => own.frames !== undefined)
            ? markdownTable(framesTable(page))
            : markdownTable(timesTable(page))),
          ...callsLines(page),
        ]);
  },
};

interface Timed extends ModelRow {
  readonly own: ModelTimes;
}

function timed({ series, times = [] }: Page): Timed[] {
  return series.flatMap((look) => {
    const own = times.find(({ model }) => model === look.name);
    return own === undefined ? [] : [{ look, own }];
  });
}

/** Frames, or images where there are none. */
function countOf({ images, frames = images }: ModelTimes): number {
  return frames;
}

const phaseColors: Readonly<Record<Phase, string>> = {
  read: "var(--strong)",
  preprocess: "var(--m5)",
  encode: "var(--m0)",
  decode: "var(--m1)",
  postprocess: "var(--m4)",
  score: "var(--m2)",
  click: "var(--m3)",
  write: "color-mix(in srgb, var(--m2) 45%, var(--page))",
  idle: "var(--line)",
};

/** Of a phase; graphs of models of clips have theirs by their place. */
function colorOf({ phase }: TimedPart, place: number): string {
  return phase === undefined ? `var(--m${place % 6})` : phaseColors[phase];
}

/** Milliseconds of a frame of clips by graph and phase, and model. */
function framesTable(page: Page): Table<Timed & { readonly part: TimedPart; readonly color: string }> {
  type Row = Timed & { readonly part: TimedPart; readonly color: string };
  const a = (n: number, { own }: Row) => n / countOf(own);
  const rows = timed(page).flatMap((one) =>
    timedParts(one.own).map((part, p): Row => ({ ...one, part, color: colorOf(part, p) })),
  );
  const ofRuns = [
    right<Row>("runs a frame", (row) => {
      const { runs } = row.part;
      return runs === undefined ? undefined : number(decimal(a(runs, row), 2), a(runs, row));
    }),
    right<Row>("ms a run", ({ part: { runs, total } }) =>
      runs === undefined ? undefined : number(milliseconds(total / runs), total / runs),
    ),
  ];
  const named = modelColumn<Row>(page);
  return {
    columns: [
      left(
        "stage",
        ({ part: { name }, color }) => ({
          ...{ text: name, page: html`<span class="model">${swatch(color)}${name}</span>` },
        }),
        { head: "Stage" },
      ),
      ...(timed(page).length > 1 ? named : named.map((one) => ({ ...one, in: ["page"] as const }))),
      right("ms a frame", (row) => number(milliseconds(a(row.part.total, row)), a(row.part.total, row)), {
        hint: "with all its objects",
      }),
      right(
        "% of a frame's time",
        ({ own, part }) => {
          const share = sharesOf(own).get(part.name)!;
          return number(percent(share), share);
        },
        { head: "share", hint: "percent of a frame's time" },
      ),
      ...(rows.some(({ part }) => part.runs !== undefined) ? ofRuns : []),
    ],
    rows,
    mark: hiding,
  };
}

/** Milliseconds of an image by phase and model. */
function timesTable(page: Page): Table<Timed & ModelTimes["phases"][number]> {
  const time = (value: number, { images }: ModelTimes) => ({
    ...number(milliseconds(value), value),
    badge: timeBadge(images),
  });
  const named = modelColumn<Timed & ModelTimes["phases"][number]>(page);
  // Texts name the models where several have times.
  const models = timed(page).length > 1 ? named : named.map((one) => ({ ...one, in: ["page"] as const }));
  return {
    columns: [
      left(
        "phase",
        ({ phase }) => ({
          text: phase,
          page: html`<span class="model">${swatch(phaseColors[phase])}${phase}</span>`,
        }),
        { head: "Phase" },
      ),
      ...models,
      left("what it is", ({ phase }) => phases[phase], { head: "What it is" }),
      right(
        "% of an image's time",
        ({ own, phase }) => {
          const share = sharesOf(own).get(phase)!;
          return number(percent(share), share);
        },
        { head: "share", hint: "percent of an image's time" },
      ),
      right("mean ms", ({ own, total }) => number(milliseconds(total / own.images), total / own.images), {
        hint: "of an image",
      }),
      right("p50 ms", ({ own, p50 }) => time(p50, own), {
        head: "median ms",
        hint: "half of the images took less",
      }),
      right("p95 ms", ({ own, p95 }) => time(p95, own), { hint: "95 % of the images took less" }),
    ],
    rows: timed(page).flatMap((one) => one.own.phases.map((phase) => ({ ...one, ...phase }))),
    mark: hiding,
  };
}

function swatch(color: string): Html {
  return raw(
    `<svg class="mark" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true"><rect x="1" y="1" width="12" height="12" fill="${color}"/></svg> `,
  );
}

/** One bar per model, the phases of an image's time side by side; names where there is room for them. */
function timesPlot(shown: readonly Timed[], width: number, description: string): Html {
  const names = cutNames(
    shown.map(({ look }) => look.title),
    width,
    16,
  );
  const marks = shown.flatMap(({ look, own }, i) => {
    const parts = timedParts(own);
    const [all, count] = [parts.reduce((sum, { total }) => sum + total, 0), countOf(own)];
    const per = own.frames === undefined ? "image" : "frame";
    const shares = sharesOf(own);
    const at = { y: () => look.title, className: look.className };
    let end = 0;
    const bars = parts.flatMap((part, p) => {
      const { name, phase, total } = part;
      const p50 = per === "frame" ? undefined : own.phases.find((one) => one.phase === phase)?.p50;
      const x1 = end;
      const x2 = x1 + 100 * shares.get(name)!;
      end = x2;
      const share = shareText(shares.get(name)!);
      const room = ((x2 - x1) / 100) * (width - 20);
      const label = [`${name} ${share}`, share].find((text) => 7 * text.length + 8 < room) ?? "";
      const mean = milliseconds(total / count);
      const median = p50 === undefined ? "" : `, median ${milliseconds(p50)} ms`;
      return [
        Plot.barX([0], {
          ...{ ...at, x1: () => x1, x2: () => x2, fill: colorOf(part, p), insetRight: 1 },
          title: () => `${look.title}, ${name}: ${share}, ${mean} ms per ${per}${median}`,
        }),
        Plot.text(label === "" ? [] : [0], {
          ...{ ...at, x: () => (x1 + x2) / 2, text: () => label },
          fill: ["idle", "read", "write"].includes(name) ? "var(--text)" : "var(--page)",
        }),
      ];
    });
    const name = Plot.text([0], {
      ...{ ...at, x: () => 0, dy: -24, textAnchor: "start" },
      title: () => look.title,
      text: () => `${names[i]!}: ${milliseconds(all / count)} ms per ${per}`,
    });
    return [...bars, name];
  });
  return drawPlot(
    {
      ...{ width, height: 34 + 62 * shown.length },
      ...{ marginLeft: 10, marginRight: 10, marginTop: 8, marginBottom: 34 },
      x: {
        label: shown.some(({ own }) => own.frames !== undefined)
          ? "share of a frame's time (%)"
          : "share of an image's time (%)",
        domain: [0, 100],
        ticks: 5,
      },
      y: { axis: null, domain: shown.map(({ look }) => look.title), paddingInner: 0.5, paddingOuter: 0.4 },
      marks,
    },
    description,
  );
}
