// All masks of an image by two exports: partners, what became of masks without one, and how close candidates are to the thresholds.
import type { Fate } from "../../core/mask-sets.ts";
import type { ParityCell, ParityMean, ParitySummary } from "../../core/parity.ts";
import type { ParityFate, ParitySetRow, ParitySideName } from "../../core/parity-sets.ts";
import type { ParityInput } from "../input.ts";
import { bothWidths, plotFigure } from "../kit/figures.ts";
import { badge, decimal, plural } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { below, drawPlot, Plot, rowFrame } from "../kit/plot.ts";
import { type CellValue, left, right, type Table } from "../kit/table.ts";
import { agreed, none, share } from "./tables.ts";

const sides = ["reference", "candidate"] as const;
const colours = { reference: "var(--m0)", candidate: "var(--m1)" } as const;

/** What became of the same candidate on the other side. */
const fateNames: Readonly<Record<Fate, string>> = {
  kept: "kept, but different",
  empty: "without a pixel",
  predicted: "filtered by predicted IoU",
  stability: "filtered by stability",
  large: "too large",
  edge: "at the edge of its crop",
  suppressed: "suppressed",
  "suppressed-across": "suppressed across crops",
  "suppressed-cleaned": "suppressed, cleaned",
  cut: "cut as one too many",
};

/** The summary is of all masks of images. */
export function isOfSets({ protocols }: Pick<ParitySummary, "protocols">): boolean {
  return protocols.some(({ whole }) => whole);
}

/** A mean with its interval and badge, in percent or points. */
function estimated({ estimates }: ParityCell, name: ParityMean, text = share): CellValue {
  const found = estimates[name];
  if (found === undefined) return { text: none };
  const { value, low, high } = found;
  const detail = low === undefined || high === undefined ? "" : `[${text(low)}, ${text(high)}]`;
  return { text: text(value), detail, badge: badge(found) };
}

const signed = (value: number) => `${value > 0 ? "+" : ""}${decimal(100 * value, 1)}`;

/** A row per benchmark, all of them first. */
export function setTable({ cells }: ParitySummary): Table<ParityCell> {
  const mean = (title: string, name: ParityMean, leaves?: number, text = share) =>
    right<ParityCell>(title, (cell) => estimated(cell, name, text), leaves === undefined ? {} : { leaves });
  return {
    columns: [
      left("benchmark", ({ name }) => name),
      right("masks", ({ sets }) =>
        sets === undefined ? none : `${sets.masks.reference} → ${sets.masks.candidate}`,
      ),
      mean("change of count %", "count-change", 20, signed),
      mean("have a partner % ≥ 50", "partners-50", 40, agreed),
      mean("≥ 75", "partners-75", undefined, agreed),
      mean("≥ 90", "partners-90", 41, agreed),
      mean("the other way ≥ 75", "partners-back-75", undefined, agreed),
      mean("IoU of partners", "partner-iou", 15, agreed),
      mean("predicted IoU, points", "predicted-error", 44),
      mean("stability, points", "stability-error", 45),
      right("images", ({ images }) => String(images), { leaves: 25 }),
    ],
    rows: cells,
  };
}

type FateRow = ParityFate & { readonly name: string };

function fatesIn({ cells }: ParitySummary): FateRow[] {
  return (cells[0]?.sets?.fates ?? []).map((one) => ({ ...one, name: fateNames[one.fate] }));
}

/** Masks without a partner by what became of the same candidate on the other side. */
export function fateTable(summary: ParitySummary): Table<FateRow> {
  const count = (side: ParitySideName) =>
    right<FateRow>(`only the ${side}'s`, ({ masks }) => String(masks[side]));
  const moved = (title: string, key: "predicted" | "stability", side: ParitySideName) =>
    right<FateRow>(title, ({ [key]: shift }) => (shift[side] === null ? none : signed(shift[side])), {
      leaves: 30,
    });
  return {
    columns: [
      left("on the other side", ({ name }) => name),
      ...sides.flatMap((side) => [
        ...[count(side), moved("predicted IoU there, points", "predicted", side)],
        moved("stability there", "stability", side),
      ]),
    ],
    rows: fatesIn(summary),
  };
}

interface NearRow {
  readonly side: ParitySideName;
  readonly near: readonly number[];
  readonly candidates: number;
}

/** Candidates within 0.01 of a threshold. */
export function nearTable({ cells }: ParitySummary): Table<NearRow> {
  const { near, candidates = 0 } = cells[0]?.sets ?? {};
  const count = (title: string, i: number) =>
    right<NearRow>(
      title,
      ({ near: counts, candidates: all }) => `${counts[i]} (${share(counts[i]! / all)} %)`,
    );
  return {
    columns: [
      left("within 0.01 of the threshold", ({ side }) => side),
      ...[count("of predicted IoU", 0), count("of stability", 1)],
      right("candidates", ({ candidates: all }) => String(all)),
    ],
    rows: near === undefined ? [] : sides.map((side) => ({ side, near: near[side], candidates })),
  };
}

export const filterNote =
  "A mask without a partner was made on one side alone. What became of the same candidate (the same click, the same place in the answer) on the other side says which filter made the difference.";

/** What the filters look at, exchanged. */
export function exchangeSentence({ cells }: ParitySummary): string | undefined {
  const apart = cells[0]?.sets?.apart;
  if (apart === undefined || apart.all === 0) return undefined;
  const { all, predicted, stability, masks, outlines } = apart;
  return `One side alone keeps ${plural(all, "candidate")}. With the reference's predicted IoUs in place of the candidate's ${predicted} are left, with its stabilities ${stability}, with its boxes ${masks}, with stabilities and boxes ${outlines}.`;
}

/** The result in sentences. */
export function setSentences({ cells, identical }: ParitySummary): string[] {
  const all = cells[0];
  const { sets, images = 0, failures = 0 } = all ?? {};
  if (all === undefined || sets === undefined)
    return [
      failures === 0
        ? "Nothing was compared: the reference made no masks."
        : `The candidate fails on ${plural(failures, "image")}: nothing was compared.`,
    ];
  const { masks, partners, near, candidates } = sets;
  const on = plural(images, "image");
  if (identical)
    return [
      `Identical: no bit differs in any embedding, score or mask (${plural(masks.reference, "mask")} of ${plural(candidates, "candidate")} on ${on}).`,
    ];
  const part = (name: ParityMean) => {
    if (all.estimates[name] === undefined) return undefined;
    const { text, detail = "" } = estimated(all, name, agreed);
    return `${text} ${detail}`.trim();
  };
  const [own, other] = [part("partners-75"), part("partners-back-75")];
  const shares =
    own === undefined
      ? ""
      : ` ${own} % of the reference's masks have such a partner${other === undefined ? "" : `, and ${other} % of the candidate's`}.`;
  const nearest = (i: number) => `${near.reference[i]} and ${near.candidate[i]}`;
  return [
    `The reference makes ${plural(masks.reference, "mask")} on ${on}, the candidate ${masks.candidate}; ${plural(partners[1]!, "pair")} with an IoU of 75 % or more.${shares}`,
    ...(failures === 0 ? [] : [`The candidate fails on ${plural(failures, "image")}.`]),
    `Within 0.01 of their thresholds lie ${nearest(0)} predicted IoUs and ${nearest(1)} stabilities of ${candidates} (reference and candidate).`,
  ];
}

/** Two bars for each fate. */
export function fateFigure(summary: ParitySummary): Html | undefined {
  const rows = fatesIn(summary);
  if (rows.length === 0) return undefined;
  const names = rows.flatMap(({ name }) => [name, ""]);
  const bars = rows.flatMap(({ name, masks }, i) =>
    sides.map((side, s) => ({ y: 2 * i + s, side, masks: masks[side], name })),
  );
  const description = bars
    .map(({ name, side, masks }) => `${name}: ${plural(masks, "mask")} only of the ${side}`)
    .join(". ");
  const draw = (width: number) => {
    const frame = rowFrame(names, { width, rowHeight: 17, padding: 0.15 });
    return drawPlot(
      {
        ...{ ...frame.size, marginRight: 40 },
        x: { ...below("masks without a partner"), ticks: 5, grid: true },
        y: frame.y,
        marks: [
          frame.axis,
          Plot.barX(bars, {
            ...{ x: "masks", y: "y" },
            fill: ({ side }: (typeof bars)[number]) => colours[side],
          }),
          Plot.text(bars, {
            x: "masks",
            y: "y",
            text: ({ masks }: (typeof bars)[number]) => String(masks),
            textAnchor: "start",
            dx: 5,
          }),
          Plot.ruleX([0], { strokeOpacity: 0.4 }),
        ],
      },
      description,
    );
  };
  const legend = sides.map(
    (side) => html`<li><i style="background:${colours[side]}"></i>only the ${side}'s</li>`,
  );
  return plotFigure(
    "What became of the same candidate on the other side",
    html`<ul class="legend">${legend}</ul>${bothWidths(draw, 760)}`,
  );
}

/** Images by their masks without a partner, the most first. */
export function apartTable({ rows }: ParityInput): Table<ParitySetRow> {
  const count = ({ compared }: ParitySetRow, side: ParitySideName) => compared?.alone[side].length ?? 0;
  const alone = (row: ParitySetRow) => count(row, "reference") + count(row, "candidate");
  const sets = rows.filter((row): row is ParitySetRow => row.kind === "set" && alone(row) > 0);
  return {
    columns: [
      left("benchmark", ({ benchmark }) => benchmark),
      left("sample", ({ sample }) => sample),
      left("protocol", ({ protocol }) => protocol, { leaves: 40 }),
      right("masks", ({ compared }) => `${compared?.masks.reference} → ${compared?.masks.candidate}`),
      ...sides.map((side) => right<ParitySetRow>(`only the ${side}'s`, (row) => String(count(row, side)))),
    ],
    rows: sets.sort((a, b) => alone(b) - alone(a)),
  };
}
