import type { Protocol } from "../../../core/types.ts";

/** Masks made elsewhere by prompts that nobody declared. There is nothing to play: such rows come from scoring alone. */
export const external: Pick<Protocol, "id" | "summary" | "reported" | "singleClickStart"> = {
  id: "external@1",
  summary: "masks made elsewhere, prompts not declared (segbench score)",
  reported: [0, 1, 2, 3, 5, 9],
  singleClickStart: false,
};
