/** What is said of test/fixtures/models/foreign/*.onnx, before and after the words that all share. */
export const shared = "; its ports do not match any known promptable segmentation model";

export const sentences: Readonly<Record<string, readonly [string, string]>> = {
  classifier: [
    "looks like a classifier or a feature extractor: image input, no prompt, gives logits [1, 1000]",
    "",
  ],
  depth: ["takes an image and no prompt, gives depth [1, 518, 518]", ""],
  detector: [
    "looks like a detector: image input, no prompt, gives boxes [1, 100, 4], scores [1, 100], labels [1, 100]",
    "",
  ],
  embedding: [
    "looks like a classifier or a feature extractor: image input, no prompt, gives image_embeds [batch, 512]",
    "",
  ],
  keypoints: [
    "looks like a network that labels pixels or generates images: image input, no prompt, gives heatmaps [1, 17, 64, 48]",
    "",
  ],
  language: [
    "looks like a language model (reads input_ids, attention_mask)",
    "; nearest is a clipseg model (pixel_values missing)",
  ],
  "renamed-decoder": [
    "takes prompts (image_embeddings, points, point_labels, mask_input, has_mask_input) in an unknown way",
    "; nearest is a sam decoder (point_coords missing; points unknown)",
  ],
  semantic: [
    "looks like a network that labels pixels or generates images: image input, no prompt, gives logits [1, 21, 512, 512]",
    "",
  ],
  speech: ["takes neither an image nor a prompt (reads audio)", ""],
  "super-resolution": [
    "looks like a network that labels pixels or generates images: image input, no prompt, gives hr [1, 3, 256, 256]",
    "",
  ],
  tabular: ["takes neither an image nor a prompt (reads x)", ""],
  yolo: ["takes an image and no prompt, gives output0 [1, 84, 8400]", ""],
};
