import { type ModelTimes, type Phase, phases, type TimingLine } from "../core/timing.ts";
import { percentileSorted } from "../core/numbers.ts";

const counts = ["targets", "prompts", "clicks", "encoded", "cached"] as const;
const names = Object.keys(phases) as Phase[];

/** Where the time of each model went, in the order in which models first occur. */
export async function summarizeTimes(lines: AsyncIterable<TimingLine>): Promise<ModelTimes[]> {
  const models = new Map<string, TimingLine[]>();
  for await (const line of lines) {
    const own = models.get(line.model);
    if (own === undefined) models.set(line.model, [line]);
    else own.push(line);
  }
  return [...models].map(([model, own]) => {
    const sum = (key: (typeof counts)[number] | "passed") => own.reduce((all, line) => all + line[key], 0);
    const { targets, prompts, clicks, encoded, cached } = Object.fromEntries(
      counts.map((key) => [key, sum(key)]),
    ) as Record<(typeof counts)[number], number>;
    return {
      ...{ model, images: own.length, targets, prompts, clicks, encoded, cached },
      seconds: sum("passed") / 1000,
      phases: names.flatMap((phase) => {
        const values = Float64Array.from(own, (line) => line[phase] ?? 0).sort();
        const total = values.reduce((all, value) => all + value, 0);
        const at = (share: number) => percentileSorted(values, share);
        return total === 0 ? [] : [{ phase, total, p50: at(0.5), p95: at(0.95) }];
      }),
    };
  });
}
