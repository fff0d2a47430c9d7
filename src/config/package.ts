import { fileURLToPath } from "node:url";

/** Folder of the package, from the sources as from the build: both lie two folders below it. */
export const packageFolder = fileURLToPath(new URL("../../", import.meta.url));
