// Measures that add up to a whole, as one bar for each benchmark and model.
import { groupBy } from "../../core/group-by.ts";
import type { MeasureNote } from "../../core/measure.ts";
import { bothWidths, plotFigure } from "../kit/figures.ts";
import { formatValue } from "../kit/format.ts";
import { type Html, html, raw } from "../kit/markup.ts";
import { below, drawPlot, Plot, rowFrame } from "../kit/plot.ts";
import type { MeasureGroup } from "../lookup.ts";
import { benchmarkRows, type ProtocolPage } from "./columns.ts";

/** Colours of parts in their order, then the same again, fainter. */
const colours = ["var(--m0)", "var(--m1)", "var(--m2)", "var(--m3)", "var(--m4)", "var(--m5)"] as const;
const faint = 0.45;

interface Piece {
  readonly y: number;
  readonly from: number;
  readonly to: number;
  readonly fill: string;
  readonly opacity: number;
  readonly name: string;
  readonly text: string;
  /** By which the page shows and hides a model. */
  readonly className: string;
}

/** Parts of a group that any row has anything of, and the others: both in their order. */
export function partsOf(page: ProtocolPage, { measures }: Pick<MeasureGroup, "measures">) {
  const rows = benchmarkRows(page, "best");
  const some = ({ id }: MeasureNote) => rows.some(({ cell }) => (cell?.measures[id]?.value ?? 0) > 0);
  const parts = measures.filter(({ part }) => part === true);
  return { rows, parts: parts.filter(some), rest: measures.filter((one) => one.part !== true || some(one)) };
}

/** A bar of parts for each benchmark and model; nothing where a group has none. */
export function partsFigure(page: ProtocolPage, group: MeasureGroup): Html | undefined {
  const { rows, parts } = partsOf(page, group);
  const [first] = parts;
  if (first === undefined) return undefined;
  const shown = rows.filter(({ cell }) => cell?.measures[first.id] !== undefined);
  const names = shown.map(({ name, look }) => (page.series.length > 1 ? `${name}, ${look.title}` : name));
  const looks = new Map(
    parts.map(({ id }, i) => [
      id,
      { fill: colours[i % colours.length]!, opacity: i < colours.length ? 0.9 : faint },
    ]),
  );
  const pieces = shown.flatMap(({ cell, look: { className } }, y) => {
    let at = 0;
    return parts.map((measure): Piece => {
      const { value = 0 } = cell?.measures[measure.id] ?? {};
      const from = at;
      at += 100 * value;
      const text = formatValue(measure, value);
      return { y, from, to: at, name: measure.title, text, className, ...looks.get(measure.id)! };
    });
  });
  const described = shown.map((_, y) => {
    const own = pieces.filter((piece) => piece.y === y && piece.to > piece.from);
    return `${names[y]}: ${own.map(({ name, text }) => `${name} ${text} %`).join(", ")}`;
  });
  const draw = (width: number) => barsPlot(names, pieces, width, `${group.title}. ${described.join(". ")}`);
  const key = parts.map(({ id, title }) => {
    const { fill, opacity } = looks.get(id)!;
    return html`<li><i class="part" style="${raw(`background:${fill};opacity:${opacity}`)}"></i>${title}</li>`;
  });
  return html`<ul class="key">${key}</ul>
${plotFigure("Shares by benchmark", bothWidths(draw, 760))}`;
}

/** Pieces this wide, in percent, have room for their number. */
const room = { wide: 5, narrow: 14 } as const;

function barsPlot(
  names: readonly string[],
  pieces: readonly Piece[],
  width: number,
  description: string,
): Html {
  const { size, y, axis } = rowFrame(names, { width, rowHeight: 30, padding: 0.2 });
  const least = width > 500 ? room.wide : room.narrow;
  return drawPlot(
    {
      ...size,
      marginRight: 14,
      x: { ...below("share (%)"), domain: [0, 100], ticks: 5 },
      y,
      marks: [
        axis,
        ...[...groupBy(pieces, (piece) => piece.className)].flatMap(([className, own]) => [
          Plot.barX(own, {
            ...{
              y: "y",
              x1: "from",
              x2: "to",
              fill: "fill",
              fillOpacity: "opacity",
              insetRight: 0.5,
              className,
            },
            title: (piece: Piece) => `${piece.name}: ${piece.text} %`,
          }),
          Plot.text(
            own.filter(({ from, to }) => to - from >= least),
            {
              ...{ y: "y", x: (piece: Piece) => (piece.from + piece.to) / 2, text: "text", className },
              ...{ fill: "var(--page)", fontWeight: 600 },
            },
          ),
        ]),
      ],
    },
    description,
  );
}
