// Time beside quality on pages and in texts, from fixed times; nothing of it without them.
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import type { Comparison } from "../../../src/core/results.ts";
import type { ModelTimes, PairTimes, Sitting, StageComparison } from "../../../src/core/timing.ts";
import { comparisonWriters, gateWriters } from "../../../src/report/comparison/index.ts";
import { writers } from "../../../src/report/index.ts";
import { exampleInput } from "../example.ts";
import { exampleComparison } from "./example.ts";

const sitting: Sitting = {
  ...{ processor: "A <processor>", cores: 8, memoryGiB: 16, os: "linux-x64" },
  ...{ provider: "cpu", runtime: "onnxruntime-node 1.30.0", threads: 1, workers: 2 },
};

function stage(
  name: StageComparison["stage"],
  ratio: StageComparison["ratio"],
  images = 40,
  p50 = 120 * ratio.value,
): StageComparison {
  const base = { n: images, p50: 120, p95: 150 };
  return { stage: name, images, base, candidate: { n: images, p50, p95: 9.4 }, ratio };
}

const faster: PairTimes = {
  ...{ candidate: "mobile-sam", sitting, notes: ["3 images of 43 left out: <why>"] },
  stages: [
    stage("image", { value: 0.551, low: 0.54, high: 0.5712 }),
    stage("encode", { value: 0.5, low: 0.4, high: 0.6 }),
  ],
};

async function textsOf(times: PairTimes): Promise<{ terminal: string; markdown: string; html: string }> {
  const comparison = await exampleComparison();
  const extras = { times: [times] };
  return {
    terminal: comparisonWriters.terminal.render(comparison, extras),
    markdown: comparisonWriters.markdown.render(comparison, extras),
    html: await comparisonWriters.html.render(comparison, extras),
  };
}

test("a sentence, a table beside the score, and where it was timed", async () => {
  const { terminal, markdown, html } = await textsOf(faster);
  expect(terminal).toContain(
    "+1.7 points (IoU, 1 click) for 1.8 times the speed [1.8, 1.9]. An image's calls take 120\u00a0→ 66.1 ms at the median of 40 images.\n",
  );
  expect(terminal).toMatch(/^image's calls, ms +120 +150 +66\.1 +9\.40 +× 0\.55 \[0\.54, 0\.57\] +40 +40$/m);
  expect(terminal).toMatch(/^IoU, 1 click +66\.9 +- +68\.6 +- +\+1\.7 points/m);
  expect(terminal).toContain("\n3 images of 43 left out: <why>.\n");
  expect(markdown).toContain(
    "## Time beside quality\n\n**+1.7 points (IoU, 1 click) for 1.8 times the speed [1.8, 1.9].** An image",
  );
  expect(markdown).toContain(
    "\n- × is the candidate's time divided by the other's, image by image, at the median of all",
  );
  const { document } = parseHTML(html);
  expect(document.body.textContent).toContain(
    "A <processor>, 8 cores, 16 GiB, linux-x64; cpu, onnxruntime-node",
  );
  expect(document.querySelector("#summary-0")?.textContent).toMatch(
    / \+1\.7 points \(IoU, 1 click\) for 1\.8 times the speed \[1\.8, 1\.9\]\.$/,
  );
  expect(gateWriters.markdown.render(await exampleComparison(), { times: [faster] })).toContain(
    "for 1.8 times the speed [1.8, 1.9].** An image",
  );
});

test("slower, alike, too few images, a busy machine, another machine", async () => {
  const said = async (times: Partial<PairTimes>) =>
    (await textsOf({ ...faster, notes: [], ...times })).terminal
      .split("\n")
      .find((line) => /\btime\b/i.test(line));
  const one = (ratio: StageComparison["ratio"], images?: number, p50?: number) => ({
    stages: [stage("encode", ratio, images, p50)],
  });
  const rest = (p50: string) => ` An encoder call takes 120\u00a0→ ${p50} ms at the median of 40 images.`;
  expect(await said(one({ value: 1.104, low: 1.05, high: 1.34 }))).toBe(
    `+1.7 points (IoU, 1 click) for 1.10 times the time [1.05, 1.3].${rest("132")}`,
  );
  expect(await said(one({ value: 1.02, low: 0.98, high: 1.05 }))).toBe(
    `+1.7 points (IoU, 1 click), no clear difference in time: 1.02 times the base's [0.98, 1.05].${rest("122")}`,
  );
  expect(await said({ ...one({ value: 2, low: 1.9, high: 2.1 }), busy: "the machine was busy" })).toBe(
    `+1.7 points (IoU, 1 click) for 2.0 times the time [1.9, 2.1].${rest("240")} The machine was busy.`,
  );
  expect(
    await said({ stages: [], refused: "the two sides were timed on different machines: cores 2, 4" }),
  ).toBe("Time is not compared: the two sides were timed on different machines: cores 2, 4.");
  const few = await textsOf({ ...faster, ...one({ value: 0.5 }, 3) });
  expect(few.terminal).toContain(
    "(IoU, 1 click), no clear difference in time: × 0.50 (3 images, too few for an interval). An encoder",
  );
  expect(few.terminal).toMatch(/^encoder call, ms .* 150 \(3 images\) .* × 0\.50 \(3 images\)/m);
  expect(few.markdown).not.toMatch(/\*\*[^*\n]*time: × 0\.50/);
  expect(few.html).not.toContain("intervals are 95");
  expect(few.html).not.toMatch(/<b>[^<]*time: × 0\.50/);
  expect(parseHTML(few.html).document.querySelector("#summary-0")?.textContent).not.toContain("time");
  const busy = await textsOf({ ...faster, busy: "the machine was busy" });
  expect(parseHTML(busy.html).document.querySelector("#summary-0")?.textContent).not.toContain("speed");
});

test("the medians of each side are explained where they say something else than the images, and nothing is claimed against them", async () => {
  const ratio = { value: 0.87, low: 0.8, high: 0.95 };
  const alone = (p50: number) =>
    textsOf({ ...faster, stages: [stage("image", ratio, 40, p50)] }).then(({ markdown }) => markdown);
  expect(await alone(122.5)).toContain(
    "\n+1.7 points (IoU, 1 click), no clear difference in time: × 0.87 [0.80, 0.95] image by image. An image's calls take 120\u00a0→ 123 ms at the median of 40 images. These medians alone make × 1.02: images differ in what they lose or gain, or the machine was not always as fast.\n",
  );
  expect(await alone(90)).toMatch(
    /\*\*\+1\.7 points .* for 1\.15 times the speed .*\*\* .* alone make × 0\.75:/,
  );
  expect(await alone(105)).not.toContain("alone make");
  const few = await textsOf({ ...faster, stages: [stage("image", { value: 0.96 }, 3, 129)] });
  expect(few.markdown).toContain("× 0.96 (3 images, too few for an interval). An image's calls take");
  expect(few.markdown).toContain("at the median of 3 images. These medians alone make × 1.07:");
});

test("quality against time from three models on, each with its intervals", async () => {
  const two = await textsOf(faster);
  expect(two.html).not.toContain("Quality against time");
  const comparison = await exampleComparison();
  const [pair] = comparison.pairs;
  const three: Comparison = {
    ...comparison,
    candidates: [...comparison.candidates, { ...comparison.candidates[0]!, name: "tiny", title: "Tiny" }],
    pairs: [pair!, { ...pair!, candidate: "tiny" }],
  };
  const slower = { ...faster, candidate: "tiny", stages: [stage("image", { value: 2 }, 3)] };
  const page = await comparisonWriters.html.render(three, { times: [faster, slower] });
  const { document } = parseHTML(page);
  const [plot] = document.querySelectorAll("#trade svg.plot");
  expect(plot?.getAttribute("aria-label")).toBe(
    "Quality against time, IoU, 1 click. SAM ViT-B: 1 times the time, no difference: the base. MobileSAM <int8> & co: 0.55 times the time, +1.7 points (49 images). Tiny: 2.00 times the time, +1.7 points (3 images)",
  );
  expect(document.querySelector("#trade figcaption")?.textContent).toContain(
    "Lines: 95\u00a0% intervals. Too few images for intervals that are known to hold: MobileSAM <int8> & co (49 images) and Tiny (3 images).",
  );
});

test("a run's report: calls beside scores, and where not all models were timed alike, no plot", async () => {
  const input = exampleInput();
  const calls = (p50: number, more: Partial<Sitting> = {}): ModelTimes["calls"] => ({
    ...{ sitting: { ...sitting, ...more }, images: 40, elsewhere: 2, load: 20, batch: p50 },
    stages: { image: { n: 40, p50, p95: 3 * p50 }, decode: { n: 300, p50: 5, p95: 7 } },
  });
  const times = (all: readonly ModelTimes["calls"][]): ModelTimes[] =>
    input.summary.models.map(({ name: model }, m) => ({
      ...{ model, images: 40, targets: 1, prompts: 1, clicks: 1, encoded: 1, cached: 0, seconds: 1 },
      phases: [{ phase: "decode", total: 5, p50: 5, p95: 7 }],
      calls: all[m]!,
    }));
  const markdown = (all: readonly ModelTimes["calls"][]) =>
    writers.markdown.render({ ...input, times: times(all) });
  const alike = markdown([calls(100), calls(50)]);
  expect(markdown([{ ...calls(100)!, images: 3 }, calls(50)])).toContain(
    "| 100 (3 images) | 300 (3 images) | 5.00 (3 images) | 7.00 (3 images) | 300 |",
  );
  expect(alike).toContain("| SAM ViT-B | 59.5 [58.2, 60.7] | 100 | 300 | 5.00 | 7.00 | 300 |");
  expect(alike).toContain("- SAM ViT-B: 2 images left out, timed in other circumstances.");
  expect(alike).toContain(
    "- The machine was busy with other work (load average 20.0 on 8 cores), so these times say little.",
  );
  expect(alike).toContain("- A decoder call takes up to 100 prompts (SAM ViT-B) and 50 prompts (MobileSAM");
  expect(markdown([calls(100), calls(50, { threads: 4 })])).toContain(
    "- The models were timed in different circumstances: their times are not comparable.",
  );
});
