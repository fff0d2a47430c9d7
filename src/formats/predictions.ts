import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { complain } from "../core/errors.ts";
import type { Predictions } from "../core/predictions.ts";
import { readPredictedPngs } from "./predicted-pngs.ts";
import { type RecordChoice, readPredictedRecords } from "./predicted-records.ts";

/** What a file of predictions says it is of, where it says so. */
export type PredictionFile = Predictions & {
  readonly models?: readonly string[];
  readonly protocols?: readonly string[];
};

/** Masks made elsewhere: a folder of PNGs, a JSON array or JSON lines. Rejects what is neither, by name. */
export async function readPredictions(path: string, choice: RecordChoice): Promise<PredictionFile> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw complain({ code: "not-found", where: path, what: "there are no predictions", got: "no such file" });
  if (found.isDirectory()) {
    const masks = join(path, "masks.jsonl");
    const isRun = (await stat(masks).catch(() => undefined)) !== undefined;
    return isRun ? readPredictedRecords(masks, choice) : readPredictedPngs(path, basename(path));
  }
  if (/\.jsonl?$/i.test(path)) return readPredictedRecords(path, choice);
  throw complain({
    where: path,
    what: "is not a kind of predictions",
    expected: "a folder of PNGs, a run folder, a .json or a .jsonl file",
    got: basename(path),
  });
}
