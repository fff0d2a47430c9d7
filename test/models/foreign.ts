/** What is said of test/fixtures/models/foreign/*.onnx, before and after the words that all share. */
export const shared = "; its ports are those of no promptable segmentation model that is known";

export const sentences: Readonly<Record<string, readonly [string, string]>> = {
  classifier: [
    "looks like a classifier or a feature extractor: a picture in, no prompt, gives logits [1, 1000]",
    "",
  ],
  depth: ["takes a picture and no prompt, gives depth [1, 518, 518]", ""],
  detector: [
    "looks like a detector: a picture in, no prompt, gives boxes [1, 100, 4], scores [1, 100], labels [1, 100]",
    "",
  ],
  embedding: [
    "looks like a classifier or a feature extractor: a picture in, no prompt, gives image_embeds [batch, 512]",
    "",
  ],
  keypoints: [
    "looks like a network that labels pixels or makes pictures: a picture in, no prompt, gives heatmaps [1, 17, 64, 48]",
    "",
  ],
  language: ["looks like a language model (reads input_ids, attention_mask)", ""],
  "renamed-decoder": [
    "takes prompts (image_embeddings, points, point_labels, mask_input, has_mask_input) in a way that is not known",
    "; nearest is a sam decoder (point_coords missing; points unknown)",
  ],
  semantic: [
    "looks like a network that labels pixels or makes pictures: a picture in, no prompt, gives logits [1, 21, 512, 512]",
    "",
  ],
  speech: ["takes no picture and no prompt (reads audio)", ""],
  "super-resolution": [
    "looks like a network that labels pixels or makes pictures: a picture in, no prompt, gives hr [1, 3, 256, 256]",
    "",
  ],
  tabular: ["takes no picture and no prompt (reads x)", ""],
  yolo: ["takes a picture and no prompt, gives output0 [1, 84, 8400]", ""],
};
