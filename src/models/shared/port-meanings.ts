// What is fed into a port of a contract, and what is read from it: a phrase for each name.
import type { ImageContract } from "../../core/schema-types.ts";
import type { Part } from "./family.ts";
import type { Ports } from "./match.ts";
import { pictureFacts } from "./picture-facts.ts";

const coordinates = "clicks and box corners (x, y) in pixels of the frame";
const labels = "1 object, 0 background, 2 and 3 box corners, -1 padding";
const embedding = "image embedding, kept with the runtime";
const features = "high-resolution features of the encoder, kept with the runtime";

const fed: Readonly<Record<string, string>> = {
  ...{ image_embeddings: embedding, image_embed: embedding },
  ...{ "image_embeddings.0": features, "image_embeddings.1": features, "image_embeddings.2": embedding },
  ...{ high_res_feats_0: features, high_res_feats_1: features },
  ...{ high_res_features1: features, high_res_features2: features },
  interm_embeddings: "intermediate features of the encoder, kept with the runtime",
  image_positional_embeddings: "positions of the encoder, kept with the runtime",
  ...{ point_coords: coordinates, batched_point_coords: coordinates, input_points: coordinates },
  ...{ point_labels: labels, batched_point_labels: labels, input_labels: labels },
  mask_input: "low-resolution logits of the step before, else zeros",
  has_mask_input: "1 where there are such logits, else 0",
  orig_im_size: "a size (height, width)",
  input_boxes: "boxes (x0, y0, x1, y1) in pixels of the frame",
  points: "clicks (row, column, order) in pixels, object clicks first",
  prev_mask: "probabilities of the step before, else zeros",
};

const scores = "predicted IoU of each mask";
const logits = "logits of each mask";

/** Of a decoder, or of a file that does both. */
const read: Readonly<Record<string, string>> = {
  ...{ iou_predictions: scores, scores, iou_scores: scores },
  ...{ low_res_masks: logits, pred_masks: logits, output_masks: logits, logits },
};

/** Phrases by name; names that the contract leaves alone are said to be so. */
export interface PortMeanings {
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

export function portMeanings(part: Part, { inputs, outputs }: Ports): PortMeanings {
  const picture = part === "decoder" ? undefined : inputs.find((port) => pictureFacts(port) !== undefined);
  const lowRead = outputs.some(({ name }) => name === "low_res_masks");
  const output = (name: string) =>
    part === "encoder"
      ? "stays with the runtime, for the decoder"
      : (read[name] ?? (name === "masks" && !lowRead ? logits : "not read"));
  return {
    inputs: Object.fromEntries(
      inputs.map((port) => [
        port.name,
        port === picture ? pictureText(pictureFacts(port) ?? {}) : (fed[port.name] ?? "not known"),
      ]),
    ),
    outputs: Object.fromEntries(outputs.map(({ name }) => [name, output(name)])),
  };
}

function pictureText({ size, layout, dtype, normalise }: Partial<ImageContract>): string {
  const values = dtype === "uint8" ? "bytes" : normalise === "inside" ? "values as they are" : "normalised";
  return `picture, RGB, ${size === undefined ? "of any size" : `${size} x ${size}`}, ${layout ?? "nchw"}, ${values}`;
}
