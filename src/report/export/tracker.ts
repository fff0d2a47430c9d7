// Experiment trackers: the numbers and pictures as one JSON file, and beside it a short Python file that logs them.
import { timeDefaults } from "../../core/defaults.ts";
import { isBusy, timedStages } from "../../core/timing.ts";
import { plural } from "../../core/words.ts";
import { jsonText } from "../kit/format.ts";
import { sittingText } from "../times-text.ts";
import { aroundOf, curvesOf, type ExportFile, type ExportInput, type NumberSet, slug } from "./numbers.ts";

/** metrics.json and the script that reads it. */
export function trackerFiles(input: ExportInput, script: ExportFile): ExportFile[] {
  const runs = input.sets.map((set) => ({
    ...{
      name: set.name,
      title: set.title,
      config: { ...set.facts, ...machineOf(set) },
      metrics: { ...metricsOf(set), ...timesOf(set) },
    },
    curves: curvesOf(set.numbers).map(({ protocol, place, name, axis, points }) => ({
      name: [protocol, place, `${name} by ${axis}`].map(slug).join("/"),
      axis,
      points: points.map(({ x, value }) => [x, value]),
    })),
    table: tableOf(set),
    media: input.pictures.filter(({ of }) => of === set.name).map(({ file, caption }) => ({ file, caption })),
  }));
  const { name, title, kind } = input;
  const metrics = { format: "segbench/metrics@1", kind, name, title, runs };
  return [{ file: "metrics.json", content: jsonText(metrics) }, script];
}

/** By names that every tracker takes: the value, and beside it the ends of its interval; how many images only where they are few. */
function metricsOf({ numbers }: NumberSet): Record<string, number> {
  return Object.fromEntries(
    numbers.flatMap(({ protocol, place, note, estimate, pair }) => {
      const key = [protocol, place, note.id].map(slug).join("/");
      const { low, high, images, few } = aroundOf(estimate);
      const around = { low, high, images: few === true ? images : undefined, ...pair };
      return [
        [key, estimate.value] as const,
        ...Object.entries(around).flatMap(([name, value]) =>
          value === undefined ? [] : [[`${key}_${name}`, value] as const],
        ),
      ];
    }),
  );
}

/** On what machine, and how, times were taken: those of others are not to be compared with them. */
function machineOf({ calls }: NumberSet): Record<string, string> {
  if (calls === undefined) return {};
  const { sitting, images, load } = calls;
  const doubts = [
    ...(images < timeDefaults.minImages ? [`of ${plural(images, "image")} alone`] : []),
    ...(isBusy(sitting, load)
      ? [
          `the machine was busy with other work (load average ${load.toFixed(1)} on ${plural(sitting.cores, "core")})`,
        ]
      : []),
  ];
  return {
    "timed on": sittingText(sitting),
    ...(doubts.length === 0 ? {} : { "times say little": doubts.join("; ") }),
  };
}

/** Milliseconds of a call, and of an image with all its calls; how many images they are of, and the machine's mean load average. */
function timesOf({ calls }: NumberSet): Record<string, number> {
  if (calls === undefined) return {};
  const of = { "time/images": calls.images, "time/load_average": calls.load };
  const times = Object.fromEntries(
    timedStages.flatMap((stage) => {
      const times = calls.stages[stage];
      const named = { median_ms: times?.p50, p95_ms: times?.p95 };
      return Object.entries(named).flatMap(([name, ms]) =>
        ms === undefined ? [] : [[`time/${stage}_${name}`, ms] as const],
      );
    }),
  );
  return Object.keys(times).length === 0 ? {} : { ...of, ...times };
}

/** Everything, a line for each number. */
function tableOf({ numbers }: NumberSet) {
  const lines = numbers.map(({ protocol, place, note, estimate, pair }) => {
    const { low = null, high = null, targets, images, few = false } = aroundOf(estimate);
    const { id: measure, unit, better } = note;
    const where = { protocol, place, measure, unit, better };
    return { ...where, value: estimate.value, low, high, targets, images, few, ...pair };
  });
  return { columns: Object.keys(lines[0] ?? {}), data: lines.map((line) => Object.values(line)) };
}
