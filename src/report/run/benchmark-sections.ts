// A section per benchmark: what it is, how the models do on it, pictures, and the rest folded away.
import type { Estimate } from "../../core/measure.ts";
import { galleryKey, shotsOf } from "../gallery.ts";
import { modelMark } from "../kit/figures.ts";
import { count, formatEstimate, inUnit, plural, withUnitName } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { type Section, section } from "../kit/page.ts";
import { type Column, framed, left, number, right } from "../kit/table.ts";
import { cellOf, droppedOf, keyColumns, keyMeasures } from "../lookup.ts";
import { benchmarkDetails } from "./benchmark-details.ts";
import type { ModelRow, Page } from "./columns.ts";

const id = "benchmarks";

export const benchmarksSection: Section<Page> = {
  id,
  links: () => [[id, "Benchmarks"]],
  html: (page) => {
    const { benchmarks } = page.summary;
    const links = benchmarks.map(
      ({ name, title }) =>
        html`<li><a href="#${page.benchmarkIds.get(name)!}" title="${title}">${name}</a></li>`,
    );
    return section(
      id,
      "Benchmarks",
      html`${galleryKey(page.gallery)}<nav aria-label="Benchmarks"><ul class="index">${links}</ul></nav>
${benchmarks.map(({ name }) => benchmarkSection(page, name))}`,
    );
  },
};

function benchmarkSection(page: Page, name: string): Html {
  const { summary, benchmarkIds, manifest } = page;
  const note = summary.benchmarks.find((one) => one.name === name)!;
  const own = benchmarkIds.get(name)!;
  const card = manifest.plan.benchmarks.find((one) => one.name === name)?.card;
  const tags = note.domain.map((domain) => html`<span class="tag">${domain}</span>`);
  const sources = [
    ...(card !== undefined && "split" in card && card.split !== undefined ? [`split: ${card.split}`] : []),
    `licence: ${note.licence}`,
    note.homepage,
  ];
  const details = summary.protocols.map(({ id: protocol }) => benchmarkDetails(page, name, protocol));
  return html`<section class="benchmark" id="${own}" aria-labelledby="${own}-title">
<div class="about"><h3 id="${own}-title">${note.title}<a class="anchor" href="#${own}" aria-label="Link to ${note.title}">#</a></h3>
<p class="tags"><code>${name}</code> ${tags} ${size(page, name)}</p>
${note.description === undefined ? undefined : html`<p class="what">${note.description}</p>`}
<p class="source">${sources.join(" · ")}</p></div>
${scores(page, name)}${shotsOf(page, name)}${details}</section>
`;
}

/** "6 images, 49 masks, 3 dropped, 1 failed", of the model and protocol with most of them. */
function size({ summary }: Page, benchmark: string): string {
  const cells = summary.cells.filter((cell) => cell.benchmark === benchmark);
  const most = (of: (cell: (typeof cells)[number]) => number) => Math.max(0, ...cells.map(of));
  const [images, scored] = [most(({ counts }) => counts.images), most(({ counts }) => counts.scored)];
  const dropped = most(droppedOf);
  const failed = cells.reduce((sum, { counts }) => sum + counts.failed, 0);
  return [
    ...[plural(images, "image"), plural(scored, "mask")],
    ...(dropped === 0 ? [] : [`${count(dropped)} dropped`]),
    ...(failed === 0 ? [] : [`${count(failed)} failed`]),
  ].join(", ");
}

/** What stands for every protocol, a row per model. */
function scores({ summary, series }: Page, benchmark: string): Html | undefined {
  const measures = summary.protocols.flatMap(({ id: group }) => {
    const keys = keyMeasures(summary, group);
    const cells = series.flatMap((look) => cellOf(summary, group, benchmark, look.name) ?? []);
    const columns = (keys === undefined ? [] : keyColumns(keys)).map((measure) => ({
      ...{ group, measure },
      of: (model: string): Estimate | undefined =>
        cells.find((cell) => cell.model === model)?.measures[measure.id],
    }));
    return columns.filter(({ of }) => series.some(({ name }) => of(name) !== undefined));
  });
  const [first] = measures;
  if (first === undefined) return undefined;
  const { of: what, unit } = first.measure;
  const columns = measures.map(({ group, measure, of }): Column<ModelRow> => {
    const title = measure.unit === unit ? measure.title : withUnitName(measure.title, measure);
    return right(
      title,
      ({ look }) => {
        const estimate = of(look.name);
        return estimate === undefined ? undefined : number(formatEstimate(measure, estimate));
      },
      { group },
    );
  });
  const head = left<ModelRow>(inUnit(what, first.measure), ({ look }) => ({
    ...{ text: look.title, page: modelMark(look) },
  }));
  const rows = series.map((look) => ({ look }));
  const table = {
    columns: [head, ...columns],
    rows,
    mark: ({ look }: ModelRow) => ({ className: look.className }),
  };
  return html`${framed(table, `${what} on ${benchmark}`, "scores")}
`;
}
