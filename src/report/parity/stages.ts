// Models of clips: each stage on the reference's inputs, and how agreement goes with time.
import type { ParityClips, ParityStage, ParitySummary } from "../../core/parity.ts";
import type { ParityInput } from "../input.ts";
import { bothWidths, plotFigure } from "../kit/figures.ts";
import { decimal, plural } from "../kit/format.ts";
import type { Html } from "../kit/markup.ts";
import { below, drawPlot, Plot } from "../kit/plot.ts";
import { left, right, type Table } from "../kit/table.ts";
import { agreed, none, share, small } from "./tables.ts";

/** A row for each graph, and one for what is done between them. */
export function stageTable({
  summary: { clips, phrases },
  timing: { parts = {} },
}: ParityInput): Table<ParityStage> {
  const time = (side: "reference" | "candidate") => (stage: ParityStage) => {
    const ms = parts[stage.part]?.[side];
    return ms === undefined ? none : decimal(ms, 1);
  };
  return {
    columns: [
      left("stage", ({ stage }) => stage),
      left("part", ({ part }) => part, { leaves: 30 }),
      right("runs", (stage) => (isHost(stage) ? none : String(stage.runs)), { leaves: 40 }),
      right("error %", errorText),
      left("farthest off", ({ error }) => error?.output ?? none, { leaves: 20 }),
      right("largest", ({ error }) => (error === undefined ? none : small(error.max)), { leaves: 45 }),
      right("agreement % alone", ({ alone }) => (alone === undefined ? none : agreed(alone))),
      right("ms: reference", time("reference"), { leaves: 50 }),
      right("candidate", time("candidate"), { leaves: 50 }),
    ],
    rows: (clips ?? phrases)?.stages ?? [],
  };
}

const isHost = ({ part }: Pick<ParityStage, "part">) => part.includes(",");

function errorText({ error, differences, problem, ...stage }: ParityStage): string {
  if (isHost(stage)) return differences === 0 ? "the same" : `${plural(differences ?? 0, "difference")}`;
  if (error === undefined) return problem === undefined ? "not run" : "not compared";
  return error.relativeL2 === null ? "not finite" : share(error.relativeL2);
}

/** The same of phrases. */
export const phraseStageNote =
  "On a few images and phrases each graph of the candidate was fed what the reference's was fed. Error: the relative L2 of the output that is farthest off, of features of phrases over the tokens that count. Alone: agreement of answers with this graph of the candidate's and all else of the reference's.";

/** What the table says, in sentences. */
export const stageNote =
  "Each graph of the candidate was fed what the reference's was fed, run by run, so that an error of one stage does not show in the next. Error: the relative L2 of the output that is farthest off. Alone: agreement of masks in parity's own play, with this stage of the candidate's and all else of the reference's.";

export function playSentence({ clips }: ParitySummary): string | undefined {
  return clips?.play === undefined
    ? undefined
    : `In parity's own play (clicks, a box and a mask, a frame without the target, a correction, a pass back) masks of the whole candidate agree to ${agreed(clips.play)} %.`;
}

/** "from 99.2 % in the first tenth of the frames to 84 % in the last". */
export function overTimeSentence({ clips, identical }: ParitySummary): string | undefined {
  const known = (clips?.overTime ?? []).filter((value) => value !== null);
  const [first, last] = [known[0], known.at(-1)];
  if (identical || first === undefined || last === undefined || known.length < 2) return undefined;
  if (first === 1 && last === 1) return undefined;
  return `Over a clip, agreement goes from ${agreed(first)} % in the first tenth of the frames to ${agreed(last)} % in the last.`;
}

export function overTimeFigure({ clips, identical }: ParitySummary): Html | undefined {
  const points = pointsOf(clips);
  if (identical || points.length < 2 || points.every(({ y }) => y === 100)) return undefined;
  const low = Math.min(...points.map(({ y }) => y));
  const description = `Agreement of masks by tenths of the frames: ${points.map(({ y }) => y.toFixed(1)).join(", ")} %.`;
  const draw = (width: number) =>
    drawPlot(
      {
        ...{ width, height: 190, marginLeft: 44, marginRight: 16, marginBottom: 36 },
        x: { ...below("frames from the first prompt on (%)"), domain: [0, 100], ticks: 5 },
        y: { label: "agreement (%)", domain: [Math.floor(low - 0.5), 100], grid: true, ticks: 4 },
        marks: [
          Plot.line(points, { x: "x", y: "y", stroke: "var(--m0)", strokeWidth: 2 }),
          Plot.dot(points, { x: "x", y: "y", r: 3, fill: "var(--m0)" }),
        ],
      },
      description,
    );
  return plotFigure("Agreement over a clip", bothWidths(draw, 520), "mean over targets");
}

function pointsOf(clips: ParityClips | undefined) {
  const all = clips?.overTime ?? [];
  return all.flatMap((value, i) =>
    value === null ? [] : [{ x: (100 * (i + 0.5)) / all.length, y: 100 * value }],
  );
}
