import type { UnitJob } from "../eval/index.ts";
import type { ParityModel } from "./crossing.ts";

export interface ParityPair {
  readonly reference: ParityModel;
  readonly candidate: ParityModel;
  /** The decoders are the same file, used in the same way: crossings need no run of their own. */
  readonly sameDecoder: boolean;
}

export interface ParityJob {
  readonly reference: UnitJob;
  readonly candidate: UnitJob;
}
