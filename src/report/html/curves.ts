import type { Estimate } from "../../core/summary.ts";
import { percent } from "../format-number.ts";
import { cellOf, rankedBenchmarks, suiteOf } from "../lookup.ts";
import { type CurveLine, curvePlot, niceRange } from "../plots/curve.ts";
import { type Html, html } from "./markup.ts";
import { block, bothWidths, type Page, plotFigure } from "./parts.ts";

/** mIoU over clicks: the suite in large, each benchmark in small; nothing for protocols of a single round. */
export function curves({ summary, series }: Page, protocol: string): Html | undefined {
  const suite = lines(series, (model) =>
    (suiteOf(summary, protocol, model)?.rounds ?? []).map(({ clicks, macro, oracleMacro }) => ({
      clicks,
      miou: macro,
      ...(oracleMacro === undefined ? {} : { oracle: oracleMacro }),
    })),
  );
  if (suite.length === 0) return undefined;
  const single = rankedBenchmarks(summary, protocol).flatMap((benchmark) => {
    const own = lines(series, (model) => cellOf(summary, protocol, benchmark, model)?.rounds ?? []);
    if (own.length === 0) return [];
    const size = { width: 250, height: 170, names: false };
    return [
      plotFigure(
        benchmark,
        curvePlot(own, [0, 100], size, `${benchmark}: ${describe(own)}`),
        undefined,
        "small",
      ),
    ];
  });
  const large = (width: number) =>
    curvePlot(
      suite,
      niceRange(suite),
      { width, height: width > 500 ? 360 : 300, names: true },
      `Suite mIoU over clicks. ${describe(suite)}`,
    );
  return block(
    "mIoU over clicks",
    "Each click corrects the largest error so far. Bands are 95 % intervals; hollow marks are the oracle.",
    html`${plotFigure("Suite, macro", bothWidths(large, 760))}
${single.length > 1 ? html`<div class="multiples">${single}</div>` : undefined}`,
  );
}

interface RoundPoint {
  readonly clicks: number;
  readonly miou: Estimate;
  readonly oracle?: Estimate;
}

function lines(series: Page["series"], rounds: (model: string) => readonly RoundPoint[]): CurveLine[] {
  return series
    .map((look) => ({ series: look, points: rounds(look.name) }))
    .filter(({ points }) => points.length > 1);
}

function describe(curve: readonly CurveLine[]): string {
  return curve
    .map(({ series, points }) => {
      const values = points.map(({ clicks, miou }) => `${percent(miou.value)} % at ${clicks}`);
      return `${series.title}: ${values.join(", ")}`;
    })
    .join(". ");
}
