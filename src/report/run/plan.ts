// The end of a report: definitions, and exactly where the numbers come from.
import { bootstrapDefaults } from "../../core/defaults.ts";
import type { MeasureNote } from "../../core/measure.ts";
import type { ProtocolNote } from "../../core/results.ts";
import { type Nouns, nounsOf } from "../../core/words.ts";
import { bytes, count, plural, sentence } from "../kit/format.ts";
import { type Html, html } from "../kit/markup.ts";
import { type Definition, definitionSection, type Section, section, titled } from "../kit/page.ts";
import { escapeMarkdown } from "../kit/table.ts";
import type { Page } from "./columns.ts";

const id = "plan";
const title = "Plan and versions";

export const planSection: Section<Page> = {
  id,
  links: () => [[id, "Plan"]],
  html: ({ summary, manifest }) => {
    const { plan } = manifest;
    const nouns = nounsOf(summary.protocols);
    const models = plan.models.map(({ name, card, files }) => {
      const own = files.map(
        ({ path, bytes: n, sha256 }) => html`<div>${path}, ${bytes(n)}<br><code>${sha256}</code></div>`,
      );
      return fact(html`${card.title}<small>${name}</small>`, html`${own}`);
    });
    const benchmarks = plan.benchmarks.map(({ name, card, images, cardHash, subsetHash, phrasesHash }) => {
      const note = summary.benchmarks.find((entry) => entry.name === name);
      const about = [plural(images, nouns.sample), note?.domain.join(", "), card.licence].filter(Boolean);
      const homepage = note?.homepage ? html`${note.homepage}<br>` : undefined;
      return fact(
        html`${card.title}<small>${name}, version ${card.version}</small>`,
        html`${about.join(" · ")}<br>${homepage}card <code>${cardHash}</code><br>${nouns.sample}s <code>${subsetHash}</code>${phrasesHash && html`<br>phrases <code>${phrasesHash}</code>`}`,
      );
    });
    const facts: readonly (readonly [string, unknown])[] = [
      ...([
        ["run", plan.name],
        ["plan", manifest.planHash],
        ["seed", plan.seed],
        ["provider", plan.provider],
      ] as const),
      ...(plan.optimisation === undefined ? [] : [["graph optimisation", plan.optimisation] as const]),
      ...([
        ["threads of the runtime", plan.threads],
        ["prompts per call", plan.batch],
      ] as const),
      ...(plan.limit === undefined ? [] : [[`${nouns.sample}s per benchmark, at most`, plan.limit] as const]),
      ...(plan.mixed ? [["machines", "several that round in different ways"] as const] : []),
      ...(manifest.shard === null
        ? []
        : [["shard", `${manifest.shard.index} of ${manifest.shard.count}`] as const]),
      ...Object.entries({ ...manifest.software, ...manifest.hardware }),
    ];
    const settings = facts.map(([name, value]) => fact(html`${name}`, html`${String(value)}`));
    const protocols = summary.protocols.map(({ id: name, summary: what }) =>
      fact(html`${name}`, html`${what}`),
    );
    return section(
      id,
      title,
      html`${fold("Settings, software and hardware", settings)}${fold("Models", models)}${fold("Benchmarks", benchmarks)}${fold("Protocols", protocols)}
<details><summary>What the models report</summary><pre>${JSON.stringify(manifest.models, null, 2)}</pre></details>
`,
    );
  },
  markdown: ({ summary, manifest }) => {
    const { plan, planHash, software, hardware } = manifest;
    return titled(`## ${title}`, [
      `- plan ${planHash}, seed ${escapeMarkdown(plan.seed)}, provider ${plan.provider}, ${plural(plan.threads, "runtime thread")}, ${plural(plan.batch, "prompt")} per call`,
      ...(plan.mixed ? ["- computed by machines that round in different ways"] : []),
      ...plan.models.map(
        ({ name, files }) =>
          `- model ${escapeMarkdown(name)}: ${files.map(({ path, sha256 }) => `${escapeMarkdown(path)} \`${sha256}\``).join(", ")}`,
      ),
      ...plan.benchmarks.map(
        ({ name, images, subsetHash }) =>
          `- benchmark ${escapeMarkdown(name)}: ${plural(images, nounsOf(summary.protocols).sample)} \`${subsetHash}\``,
      ),
      ...Object.entries({ ...software, ...hardware }).map(
        ([name, value]) => `- ${escapeMarkdown(name)} ${escapeMarkdown(String(value))}`,
      ),
    ]);
  },
};

function fact(name: Html, value: Html): Html {
  return html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`;
}

function fold(name: string, rows: readonly Html[]): Html {
  return html`<details><summary>${name}</summary><table class="facts-table"><tbody>
${rows}</tbody></table></details>
`;
}

/** The measures of a run by name, in the order in which its protocols first have them, then what every report has. */
export const runDefinitions: Section<Page> = definitionSection(({ summary: { protocols } }) => {
  const clicked = protocols.some(({ measures }) => measures.some(({ axis }) => axis?.name === "clicks"));
  const always = { ...(clicked ? { Clicks: clicks } : {}), ...general(nounsOf(protocols)) };
  return [...measureDefinitions(protocols), ...Object.entries(always)];
});

const { draws, rankedDraws, intervalClusters } = bootstrapDefaults;

/** What intervals are, after "The 95 % expanded percentile interval of a bootstrap". */
export const resampled = `whole images (or videos) are resampled ${count(draws)} times with a fixed seed (${count(rankedDraws)} times for numbers that cost more than adding up, such as medians and rank correlations)`;

const general = ({ sample, target, row, means }: Nouns) => ({
  "Suite (macro)":
    "The unweighted mean of the benchmarks' numbers: every benchmark counts the same, however large.",
  Micro:
    row === "image"
      ? "All images of all benchmarks as if they were one benchmark: a mean over targets counts every target the same, whatever its image."
      : `Over all ${target}s of all benchmarks${means ? `: every ${target} counts the same` : " as if they were of one"}.`,
  Interval: `The 95 % expanded percentile interval of a bootstrap, in brackets: ${resampled}. There is none below ${intervalClusters} ${sample}s: no method holds what it promises there.`,
  ...(row === "phrase" ? {} : { Size: sizes(row) }),
  "Dropped, failed":
    row === "image"
      ? "Failed images could not be scored, and are never counted as zero. Targets without a pixel are missed by all masks; what the benchmark leaves out is no target."
      : "Dropped targets are left out by a rule of the protocol or the benchmark; failed ones could not be scored. Neither is ever counted as zero.",
});

const sizes = (row: Nouns["row"]) =>
  row === "image"
    ? "COCO's, by the target's area: up to 32² px small, up to 96² px medium, from there large; a target on a border is in both."
    : "COCO's buckets (area below 32² px small, below 96² px medium, else large), and quartiles of the target's share of its image.";

const clicks =
  "The first simulated click is the deepest interior pixel of the target, unless the protocol says otherwise; each further click goes to the deepest pixel of the larger error region.";

/** An entry per name; names that share their sentence share an entry. */
export function measureDefinitions(protocols: readonly ProtocolNote[]): Definition[] {
  const byName = new Map<string, MeasureNote>();
  for (const { measures } of protocols)
    for (const measure of measures) if (!byName.has(measure.name)) byName.set(measure.name, measure);
  const terms = new Map<string, string[]>();
  for (const { of, meaning } of byName.values()) terms.set(meaning, [...(terms.get(meaning) ?? []), of]);
  return [...terms].map(([meaning, names]) => {
    // A meaning that begins with its term, for where it stands alone, would say it twice here.
    const own = names.find((name) => meaning.toLowerCase().startsWith(`${name.toLowerCase()}: `));
    const rest = own === undefined ? meaning : sentence(meaning.slice(own.length + 2));
    const between = names.some((name) => name.includes(",")) ? "; " : ", ";
    return [sentence(names.join(between)), rest];
  });
}
