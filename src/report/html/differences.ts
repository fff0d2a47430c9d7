// Benchmarks at a glance: the first model against each other one, or a model alone.
import { signedPercent } from "../format-number.ts";
import { leadsOver, roundLabel, shownRounds } from "../lookup.ts";
import { differencePlot } from "../plots/differences.ts";
import { type Html, html } from "./markup.ts";
import { bothWidths, type Page, plotFigure } from "./parts.ts";

/** Differences per benchmark from the largest lead to the largest lag, as in Fig. 9a of the SAM paper, one plot per other model. */
export function differences({ summary, series }: Page, protocol: string): Html[] {
  const [first, ...others] = series;
  if (first === undefined) return [];
  const clicks = shownRounds(summary, protocol)[0];
  const label = clicks === undefined ? "" : roundLabel(protocol, clicks);
  return others.flatMap((other) => {
    const leads = leadsOver(summary, protocol, first.name, other.name);
    if (leads.length === 0) return [];
    const rows = leads.map(({ benchmark, value, oracle }) => ({
      name: benchmark,
      value: 100 * value,
      ...(oracle === undefined ? {} : { oracle: 100 * oracle }),
      text: signedPercent(value),
      better: value >= 0,
      color: value >= 0 ? first.color : other.color,
    }));
    const described = rows.map(({ name, text }) => `${name} ${text}`).join(", ");
    const title = `${first.title} minus ${other.title}, mIoU with ${label}`;
    const hollow = rows.some(({ oracle }) => oracle !== undefined)
      ? ` Hollow: with the best of ${first.title}'s masks (oracle) instead.`
      : "";
    return [
      plotFigure(
        html`${title}`,
        bothWidths(
          (width) => differencePlot(rows, { width, label: "difference, points" }, `${title}: ${described}`),
          560,
        ),
        `Intervals of differences need pairs: segbench compare.${hollow}`,
        other.className,
      ),
    ];
  });
}
