/**
 * Folders of plug-ins below src/, and the files directly in them that are not plug-ins: shared code, and what
 * accompanies them. Files in sub-folders are not plug-ins either.
 */
export const pluginFolders: Readonly<Record<string, readonly string[]>> = {
  datasets: ["inspect", "selection"],
  "eval/interactive/protocols": ["external"],
  metrics: [],
  "models/concept/families": [],
  "models/families": [],
  "models/video/families": [],
  "report/export": ["fiftyone", "numbers", "tracker"],
};
