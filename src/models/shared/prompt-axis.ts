// Exports with an axis for the image in front of that for the prompts.
import type { Tensor } from "./graph.ts";

/** P x ... becomes 1 x P x ... */
export function withPromptAxis(tensor: Tensor): Tensor {
  return { ...tensor, dims: [1, ...tensor.dims] };
}

/** 1 x P x ... becomes P x ... */
export function perPrompt(tensor: Tensor): Tensor {
  return { ...tensor, dims: tensor.dims.slice(1) };
}
