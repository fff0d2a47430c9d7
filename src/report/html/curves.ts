import type { Cell, Estimate } from "../../core/summary.ts";
import { percent } from "../format-number.ts";
import { suiteOf } from "../lookup.ts";
import { type CurveLine, curvePlot, niceRange } from "../plots/curve.ts";
import type { Html } from "./markup.ts";
import { block, bothWidths, type Page, panelWidth, plotFigure } from "./parts.ts";

/** mIoU of the suite over clicks; nothing for protocols of a single round. */
export function suiteCurve(page: Page, protocol: string, width = 760): Html | undefined {
  const suite = linesOf(page.series, (model) =>
    (suiteOf(page.summary, protocol, model)?.rounds ?? []).map(({ clicks, macro, oracleMacro }) => ({
      clicks,
      miou: macro,
      ...(oracleMacro === undefined ? {} : { oracle: oracleMacro }),
    })),
  );
  if (suite.length === 0) return undefined;
  const draw = (size: number) =>
    curvePlot(
      suite,
      niceRange(suite),
      { width: size, height: size > 500 ? 360 : 300, names: true },
      `Suite mIoU over clicks. ${describe(suite)}`,
    );
  return block(
    "mIoU over clicks",
    "Each click corrects the largest error so far. Bands are 95 % intervals; hollow marks are the oracle.",
    plotFigure("Suite, macro", bothWidths(draw, width)),
  );
}

/** The same for one benchmark. */
export function benchmarkCurve({ series }: Page, cells: readonly Cell[]): Html | undefined {
  const lines = linesOf(series, (model) => cells.find((cell) => cell.model === model)?.rounds ?? []);
  if (lines.length === 0) return undefined;
  const size = { width: panelWidth, height: 230, names: false };
  const plot = curvePlot(lines, [0, 100], size, `mIoU over clicks. ${describe(lines)}`);
  return plotFigure("mIoU over clicks", plot, undefined, "panel");
}

interface RoundPoint {
  readonly clicks: number;
  readonly miou: Estimate;
  readonly oracle?: Estimate;
}

function linesOf(series: Page["series"], rounds: (model: string) => readonly RoundPoint[]): CurveLine[] {
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
