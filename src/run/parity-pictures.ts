import type { PreparedBenchmark } from "../config/index.ts";
import type { RowPrompt } from "../core/rows.ts";
import type { Prompt } from "../core/types.ts";
import type { WorstRound } from "../parity/index.ts";
import { overlayPicture } from "../report/index.ts";
import type { ParityPicture } from "../report/parity/index.ts";

/** Reference and candidate over the image, for the targets on which they are farthest apart. */
export async function drawWorst(
  worst: readonly WorstRound[],
  benchmarks: readonly PreparedBenchmark[],
): Promise<ParityPicture[]> {
  const pictures: ParityPicture[] = [];
  for (const { reference, candidate, prompt, ...about } of worst) {
    const ref = benchmarks
      .find(({ name }) => name === about.benchmark)
      ?.refs.find(({ id }) => id === about.image);
    if (ref === undefined) continue;
    const { image } = await ref.load();
    const input = { image, truth: reference, prediction: candidate, prompts: promptsOf(prompt) };
    const { data, type, width, height } = await overlayPicture(input);
    const src = `data:${type};base64,${Buffer.from(data).toString("base64")}`;
    pictures.push({ ...about, picture: { src, width, height } });
  }
  return pictures;
}

function promptsOf({ box, clicks }: Prompt): RowPrompt[] {
  return [...(box === undefined ? [] : [{ box: [box.x0, box.y0, box.x1, box.y1] as const }]), ...clicks];
}
