// The end of the page: what the words mean, and from what exactly the numbers come.
import { definitionsOf } from "../definitions.ts";
import { bytes, count } from "../format-number.ts";
import { type Html, html } from "./markup.ts";
import type { Page } from "./parts.ts";

export function definitionList({ summary }: Page): Html {
  const entries = definitionsOf(summary.protocols).map(
    ({ term, meaning }) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>
`,
  );
  return html`<section id="definitions" aria-labelledby="definitions-title"><h2 id="definitions-title">What the numbers mean</h2>
<dl class="definitions">${entries}</dl></section>
`;
}

export function provenance({ summary, input }: Page): Html {
  const { manifest } = input;
  const { plan } = manifest;
  const models = plan.models.map(
    ({
      name,
      card,
      files,
    }) => html`<tr><th scope="row">${card.title}<small>${name}</small></th><td>${files.map(
      (file) => html`<div>${file.path}, ${bytes(file.bytes)}<br><code>${file.sha256}</code></div>`,
    )}</td></tr>
`,
  );
  const benchmarks = plan.benchmarks.map(({ name, card, images, cardHash, subsetHash }) => {
    const note = summary.benchmarks.find((entry) => entry.name === name);
    return html`<tr><th scope="row">${card.title}<small>${name}, version ${card.version}</small></th><td>${count(images)} images · ${note?.domain.join(", ")} · ${card.licence}<br>${note?.homepage}<br>card <code>${cardHash}</code><br>images <code>${subsetHash}</code></td></tr>
`;
  });
  const facts = [
    ["run", plan.name],
    ["plan", manifest.planHash],
    ["seed", plan.seed],
    ["provider", String(plan.provider)],
    ...(plan.optimisation === undefined ? [] : [["graph optimisation", plan.optimisation]]),
    ["runtime threads", String(plan.threads)],
    ["prompts per call", String(plan.batch)],
    ...(plan.limit === undefined ? [] : [["images per benchmark, at most", String(plan.limit)]]),
    ...(manifest.shard === null ? [] : [["shard", `${manifest.shard.index} of ${manifest.shard.count}`]]),
    ...Object.entries(manifest.software),
    ...Object.entries(manifest.hardware).map(([name, value]) => [name, String(value)]),
  ].map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>
`,
  );
  const protocols = summary.protocols.map(
    ({ id, summary: what }) => html`<tr><th scope="row">${id}</th><td>${what}</td></tr>
`,
  );
  return html`<section id="plan" aria-labelledby="plan-title"><h2 id="plan-title">Plan and versions</h2>
${fold("Settings, software and hardware", facts)}${fold("Models", models)}${fold("Benchmarks", benchmarks)}${fold("Protocols", protocols)}
<details><summary>What the models report</summary><pre>${JSON.stringify(manifest.models, null, 2)}</pre></details>
</section>
`;
}

function fold(title: string, rows: readonly Html[]): Html {
  return html`<details><summary>${title}</summary><table class="facts-table"><tbody>
${rows}</tbody></table></details>
`;
}
