import { stringify } from "yaml";
import { jsonText } from "../kit/format.ts";
import {
  aroundOf,
  curvesOf,
  type ExportedNumber,
  type Exporter,
  type ExportFile,
  type ExportInput,
  macro,
  micro,
  type NumberSet,
  slug,
} from "./numbers.ts";

/** metrics.json has the values alone, so that `dvc metrics diff` stays readable; intervals.json the same tree with what belongs to them. */
export const dvc: Exporter = {
  summary: "metrics.json, plots and the dvc.yaml that names them, for `dvc metrics diff` and `dvc plots`",
  pictures: true,
  next: (dir) => `dvc metrics show ${dir}/metrics.json`,
  files: (input) => {
    const plots = [...curvePlots(input.sets), ...benchmarkPlots(input.sets)];
    const around = ({ estimate, pair }: ExportedNumber) => ({ ...aroundOf(estimate), ...pair });
    return [
      { file: "metrics.json", content: jsonText(treeOf(input.sets, ({ estimate }) => estimate.value)) },
      { file: "intervals.json", content: jsonText(treeOf(input.sets, around)) },
      ...plots.map(({ file, lines }): ExportFile => ({ file, content: jsonText(lines) })),
      { file: "dvc.yaml", content: stringify(dvcYaml(plots, input), { lineWidth: 0 }) },
    ];
  },
};

type Branch = Record<string, unknown>;

/** By set, protocol, place and measure. */
function treeOf(sets: readonly NumberSet[], leaf: (number: ExportedNumber) => unknown): Branch {
  const tree: Branch = {};
  for (const { name, numbers } of sets)
    for (const number of numbers)
      child(child(child(tree, name), number.protocol), number.place)[number.note.id] = leaf(number);
  return tree;
}

function child(branch: Branch, key: string): Branch {
  branch[key] ??= {};
  return branch[key] as Branch;
}

interface Plot {
  readonly file: string;
  readonly title: string;
  readonly lines: Record<string, string | number>[];
  /** The settings of dvc.yaml beside the title. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Every measure along its axis, a line for each set: over the suite, or of the only benchmark. */
function curvePlots(sets: readonly NumberSet[]): Plot[] {
  const plots = new Map<string, Plot>();
  for (const { name: set, numbers } of sets) {
    const places = new Set(numbers.map(({ place }) => place));
    for (const { protocol, place, name, title, axis, points } of curvesOf(numbers)) {
      if (places.has(macro) && place !== macro) continue;
      const file = `plots/${slug(protocol)}-${slug(place)}-${slug(name)}.json`;
      const plot = plots.get(file) ?? {
        ...{ file, title: `${title}, ${protocol}, ${place}`, lines: [] },
        settings: {
          x: axis,
          y: { [file]: sets.map((one) => one.name) },
          x_label: axis,
          y_label: title,
          template: "simple",
        },
      };
      for (const { x, value } of points) {
        const line = plot.lines.find((one) => one[axis] === x);
        if (line === undefined) plot.lines.push({ [axis]: x, [set]: value });
        else line[set] = value;
      }
      plots.set(file, plot);
    }
  }
  return [...plots.values()];
}

/** The first measure of every protocol by benchmark, a bar for each set. */
function benchmarkPlots(sets: readonly NumberSet[]): Plot[] {
  const numbers = sets.flatMap(({ name: set, numbers: own }) => own.map((number) => ({ ...number, set })));
  const protocols = [...new Set(numbers.map(({ protocol }) => protocol))];
  return protocols.flatMap((protocol) => {
    const own = numbers.filter((one) => one.protocol === protocol && ![macro, micro].includes(one.place));
    const first = own[0]?.note;
    const shown = own.filter(({ note }) => note.id === first?.id);
    if (first === undefined) return [];
    const file = `plots/${slug(protocol)}-${slug(first.id)}-benchmarks.json`;
    const lines = shown.map(({ set, place, estimate }) => ({
      ...{ benchmark: sets.length > 1 ? `${place}: ${set}` : place },
      value: estimate.value,
    }));
    const settings = {
      x: { [file]: "value" },
      y: { [file]: "benchmark" },
      x_label: `${first.of}, ${first.at}`,
      y_label: "benchmark",
      template: "bar_horizontal",
    };
    return [{ file, title: `${first.of}, ${first.at}, ${protocol}`, lines, settings }];
  });
}

function dvcYaml(plots: readonly Plot[], { pictures }: ExportInput) {
  return {
    metrics: ["metrics.json"],
    plots: [
      ...plots.map(({ title, settings }) => ({ [title]: { ...settings, title } })),
      ...(pictures.length === 0 ? [] : ["media"]),
    ],
  };
}
