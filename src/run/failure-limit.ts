// How much of a run may fail. The command line reads it before anything else is loaded.
import { runDefaults } from "../core/defaults.ts";
import { complain } from "../core/errors.ts";

/** How many rows of a model on a benchmark may fail: a share of them, or those of so many targets, whichever is more. */
export interface FailureLimit {
  /** 0 to 1. */
  readonly share: number;
  readonly targets: number;
}

/** As a request says it: a share (0.05 or "5%") or, from 2, a number of targets. */
export function failureLimit(given: number | string | undefined): FailureLimit {
  if (given === undefined) return runDefaults.maxFailures;
  const percent = typeof given === "string" ? /^(\d+(?:\.\d+)?) ?%$/.exec(given)?.[1] : undefined;
  const share = percent === undefined ? given : Number(percent) / 100;
  if (typeof share === "number" && share >= 0 && share <= 1) return { share, targets: 0 };
  if (percent === undefined && Number.isInteger(given)) {
    const targets = Number(given);
    if (targets > 1) return { share: 0, targets };
  }
  throw complain({ path: "maxFailures" }, "is no limit", {
    expected: 'a share of the rows (0 to 1, or "5%") or a number of targets (a whole number from 2)',
    got: JSON.stringify(given),
  });
}
