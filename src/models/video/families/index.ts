import type { VideoFamily } from "../contract.ts";
import { tinyVideo } from "./tiny-video.ts";

/** Families of models of clips by name, in the order in which they are listed and matched. */
export const videoFamilies: Readonly<Record<string, VideoFamily>> = {
  "tiny-video": tinyVideo,
};
