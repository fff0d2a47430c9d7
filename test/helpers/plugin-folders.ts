/**
 * Folders of plug-ins below src/, and the files directly in them that are none: what the plug-ins of the folder share, or what
 * stands beside them. Files in sub-folders are none either.
 */
export const pluginFolders: Readonly<Record<string, readonly string[]>> = {
  datasets: ["inspect", "selection"],
  "eval/interactive/protocols": ["external"],
  metrics: [],
  "models/families": [],
};
