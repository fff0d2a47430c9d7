import type { VideoFamily } from "../contract.ts";
import { edgetamVideo } from "./edgetam-video.ts";
import { sam2Video } from "./sam2-video.ts";
import { tinyVideo } from "./tiny-video.ts";

/** Families of models of clips by name, in the order in which they are listed and matched. */
export const videoFamilies: Readonly<Record<string, VideoFamily>> = {
  "sam2-video": sam2Video,
  "edgetam-video": edgetamVideo,
  "tiny-video": tinyVideo,
};
