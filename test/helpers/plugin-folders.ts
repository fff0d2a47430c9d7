/** Folders of plug-ins below src/, and the files directly in them that are none: what the plug-ins of the folder share. Files in sub-folders are none either. */
export const pluginFolders: Readonly<Record<string, readonly string[]>> = {
  datasets: ["cluster", "inspect", "subset"],
  prompts: ["external", "replay"],
  models: ["onnx", "onnx-worker", "tap"],
  metrics: [],
  report: [
    ...["benchmark-table", "definitions", "format-number", "gallery", "input", "lead", "lookup"],
    ...["markers", "outline", "overlay", "print-json", "published-text", "table", "times-text"],
  ],
};
