import { clickMeasures } from "../measures.ts";
import type { Protocol } from "../protocol.ts";

const reported = [0, 1, 2, 3, 5, 9];

/** Masks made elsewhere from undeclared prompts. It sends nothing: such rows come from scoring alone. */
export const external: Pick<Protocol, "id" | "task" | "summary" | "reported" | "measures" | "invariants"> = {
  id: "external@1",
  summary: "masks made elsewhere, prompts not declared (segbench score)",
  reported,
  measures: (metrics) => clickMeasures({ metrics, reported }),
};
