// A section per benchmark: what it is, how the models do on it, pictures, and the rest folded away.
import { count, formatEstimate, inUnit, plural, withUnitName } from "../format-number.ts";
import { cellOf, droppedOf, keyColumns, keyMeasures } from "../lookup.ts";
import { benchmarkDetails } from "./benchmark-details.ts";
import { gallery, galleryKey } from "./gallery.ts";
import { type Html, html } from "./markup.ts";
import { modelMark, type Page } from "./parts.ts";

export function benchmarkSections(page: Page): Html {
  const { summary, benchmarkIds } = page;
  const links = summary.benchmarks.map(
    ({ name, title }) => html`<li><a href="#${benchmarkIds.get(name)!}" title="${title}">${name}</a></li>`,
  );
  return html`<section id="benchmarks" aria-labelledby="benchmarks-title"><h2 id="benchmarks-title">Benchmarks</h2>
${galleryKey(page)}<nav aria-label="Benchmarks"><ul class="index">${links}</ul></nav>
${summary.benchmarks.map(({ name }) => benchmarkSection(page, name))}</section>
`;
}

function benchmarkSection(page: Page, name: string): Html {
  const { summary, benchmarkIds, input } = page;
  const note = summary.benchmarks.find((one) => one.name === name)!;
  const id = benchmarkIds.get(name)!;
  const card = input.manifest.plan.benchmarks.find((one) => one.name === name)?.card;
  const tags = note.domain.map((domain) => html`<span class="tag">${domain}</span>`);
  const sources = [
    ...(card !== undefined && "split" in card && card.split !== undefined ? [`split: ${card.split}`] : []),
    `licence: ${note.licence}`,
    note.homepage,
  ];
  const details = summary.protocols.map(({ id: protocol }) => benchmarkDetails(page, name, protocol));
  return html`<section class="benchmark" id="${id}" aria-labelledby="${id}-title">
<div class="about"><h3 id="${id}-title">${note.title}<a class="anchor" href="#${id}" aria-label="Link to ${note.title}">#</a></h3>
<p class="tags"><code>${name}</code> ${tags} ${size(page, name)}</p>
${note.description === undefined ? undefined : html`<p class="what">${note.description}</p>`}
<p class="source">${sources.join(" · ")}</p></div>
${scores(page, name)}${gallery(page, name)}${details}</section>
`;
}

/** "6 images, 49 masks, 3 dropped, 1 failed", of the model and protocol with most of them. */
function size({ summary }: Page, benchmark: string): string {
  const cells = summary.cells.filter((cell) => cell.benchmark === benchmark);
  const most = (of: (cell: (typeof cells)[number]) => number) => Math.max(0, ...cells.map(of));
  const dropped = most(droppedOf);
  const failed = cells.reduce((sum, { counts }) => sum + counts.failed, 0);
  return [
    plural(
      most(({ counts }) => counts.images),
      "image",
    ),
    plural(
      most(({ counts }) => counts.scored),
      "mask",
    ),
    ...(dropped === 0 ? [] : [`${count(dropped)} dropped`]),
    ...(failed === 0 ? [] : [`${count(failed)} failed`]),
  ].join(", ");
}

/** What stands for every protocol, a row per model. */
function scores({ summary, series }: Page, benchmark: string): Html | undefined {
  const columns = summary.protocols.flatMap(({ id }) => {
    const keys = keyMeasures(summary, id);
    if (keys === undefined) return [];
    const cells = series.flatMap((look) => cellOf(summary, id, benchmark, look.name) ?? []);
    const known = keyColumns(keys).filter((measure) =>
      cells.some(({ measures }) => measures[measure.id] !== undefined),
    );
    return known.map((measure) => ({
      ...{ id, measure },
      of: (model: string) => cells.find((cell) => cell.model === model)?.measures[measure.id],
    }));
  });
  const [first] = columns;
  if (first === undefined) return undefined;
  const groups = [...new Set(columns.map(({ id }) => id))].map((id) => {
    const span = columns.filter((column) => column.id === id).length;
    return html`<th scope="colgroup" colspan="${span}">${id}</th>`;
  });
  const rows = series.map(
    (look) =>
      html`<tr class="${look.className}"><th scope="row">${modelMark(look)}</th>${columns.map(
        ({ of, measure }) => {
          const estimate = of(look.name);
          return html`<td class="num">${estimate === undefined ? "–" : formatEstimate(measure, estimate)}</td>`;
        },
      )}</tr>
`,
  );
  const { of, unit } = first.measure;
  const titles = columns.map(({ measure }) =>
    measure.unit === unit ? measure.title : withUnitName(measure.title, measure),
  );
  return html`<div class="frame" role="region" aria-label="${of} on ${benchmark}" tabindex="0"><table class="scores" aria-label="${of} on ${benchmark}">
<thead><tr><td></td>${groups}</tr><tr><th scope="col">${inUnit(of, first.measure)}</th>${titles.map(
    (title) => html`<th scope="col" class="num">${title}</th>`,
  )}</tr></thead>
<tbody>
${rows}</tbody></table></div>
`;
}
