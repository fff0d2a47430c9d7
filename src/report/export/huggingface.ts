import { stringify } from "yaml";
import { units } from "../../core/measure.ts";
import { clustersText, plural } from "../../core/words.ts";
import { badge, badgeNote, formatInterval, formatWithUnit, fullName, inBrackets } from "../kit/format.ts";
import {
  aroundOf,
  type ExportedNumber,
  type Exporter,
  type ExportFile,
  type ExportInput,
  macro,
  micro,
  type NumberSet,
  slug,
} from "./numbers.ts";

/** A folder for each model: a card with its results, and result files for the benchmarks whose ids on the Hub are known. */
export const huggingFace: Exporter = {
  summary: "a folder for each model: README.md with a model-index, and .eval_results/ with --hub",
  runsOnly: true,
  next: (dir, { sets }) => sets.map((set) => proposal(`${dir}/${folderOf(set)}/README.md`)).join("\n"),
  files: (input) => input.sets.flatMap((set) => [cardOf(input, set), ...resultFiles(input, set)]),
};

/** Adds the numbers to the card on the Hub: uploaded, the file would replace it. */
function proposal(card: string): string {
  return `python -c "import huggingface_hub as hub; hub.metadata_update('ORG/MODEL', hub.metadata_load('${card}'), create_pr=True)"`;
}

const yamlStyle = { lineWidth: 0, aliasDuplicateObjects: false } as const;
const task = { type: "mask-generation", name: "Mask Generation" };

function folderOf({ name }: NumberSet): string {
  return slug(name);
}

/** The card's metadata, and the same numbers as a table for readers. */
function cardOf({ benchmarks, hub, title }: ExportInput, set: NumberSet): ExportFile {
  const places = [...new Set(set.numbers.map(({ place, protocol }) => JSON.stringify([place, protocol])))];
  const results = places.map((key) => {
    const [place, protocol] = JSON.parse(key) as [string, string];
    const own = set.numbers.filter((one) => one.place === place && one.protocol === protocol);
    return { task, dataset: datasetOf(place, benchmarks, hub), metrics: own.map(metricOf) };
  });
  const head = {
    ...{ pipeline_tag: task.type, tags: ["segbench"] },
    "model-index": [{ name: set.name, results }],
  };
  const drawn = [...benchmarks.values()].some((one) => one.drawn === true);
  const clips = set.numbers.every(({ estimate }) => estimate.grouped === "clips");
  const table = set.numbers.map(({ place, protocol, note, estimate }) => {
    const value = `${formatWithUnit(note, estimate.value)} ${inBrackets(badge(estimate))}`.trim();
    const where = [benchmarks.get(place)?.title ?? place, protocol, fullName(note)];
    const images = estimate.grouped === true ? plural(estimate.clusters, "cluster") : estimate.clusters;
    return `| ${[...where, value, formatInterval(note, estimate), images, estimate.n].join(" | ")} |`;
  });
  const remarks = [
    ...(drawn
      ? ["Drawn miniatures stand in for the benchmarks: these numbers mean nothing about real data."]
      : []),
    badgeNote(set.numbers.map(({ estimate }) => estimate)),
  ].filter((line) => line !== "");
  const content = `---
${stringify(head, yamlStyle)}---

# ${set.title}

Zero-shot segmentation, ${title}: measured by segbench ${set.facts.segbench ?? ""} with seed \`${set.facts.seed ?? ""}\`, plan \`${set.facts.plan ?? ""}\`.
${remarks.map((line) => `\n${line}\n`).join("")}
| benchmark | protocol | measure | value | 95 % interval | ${clips ? "clips" : "images"} | targets |
| --- | --- | --- | ---: | --- | ---: | ---: |
${table.join("\n")}
`;
  return { file: `${folderOf(set)}/README.md`, content };
}

function datasetOf(place: string, benchmarks: ExportInput["benchmarks"], hub: ExportInput["hub"]) {
  const known = benchmarks.get(place);
  const over = place === macro ? "mean over" : "all targets of";
  const suite = [macro, micro].includes(place) ? `${over} ${plural(benchmarks.size, "benchmark")}` : place;
  const drawn = known?.drawn === true ? " (drawn miniature)" : "";
  return { type: hub.get(place) ?? slug(place), name: `${known?.title ?? suite}${drawn}` };
}

function metricOf({ protocol, note, estimate }: ExportedNumber) {
  const args = { ...aroundOf(estimate), unit: note.unit };
  return { type: note.id, name: fullName(note), value: estimate.value, config: protocol, args };
}

/** A file for each benchmark on the Hub; which number it is says the task's id, as the benchmark's own eval.yaml has to name it. */
function resultFiles({ hub }: ExportInput, set: NumberSet): ExportFile[] {
  return [...hub].flatMap(([benchmark, id]) => {
    const entries = set.numbers
      .filter(({ place }) => place === benchmark)
      .map((number) => ({
        dataset: { id, task_id: `${slug(number.protocol)}-${slug(number.note.id)}` },
        value: number.estimate.value,
        notes: notesOf(set, number),
      }));
    if (entries.length === 0) return [];
    const file = `${folderOf(set)}/.eval_results/${slug(benchmark)}.yaml`;
    return [{ file, content: stringify(entries, yamlStyle) }];
  });
}

function notesOf({ facts }: NumberSet, { protocol, note, estimate }: ExportedNumber): string {
  const interval = formatInterval(note, estimate);
  return [
    `${fullName(note)}, ${protocol}`,
    ...(interval === "" ? [] : [`95 % interval ${interval}${units[note.unit].value}`]),
    `${clustersText(estimate.clusters, estimate)}${estimate.few === true ? ", too few for an interval that is known to hold" : ""}`,
    `segbench ${facts.segbench ?? ""}, plan ${String(facts.plan).slice(0, 12)}`,
  ].join("; ");
}
