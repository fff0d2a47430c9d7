// Video files are not decoded.
import { basename } from "node:path";
import { stemOf, suffixOf } from "../../formats/files.ts";

const VIDEO = /^\.(?:mp4|m4v|mov|mkv|avi|webm|mpe?g|wmv|flv|ogv|gif|mts|3gp)$/;

/** Files are not decoded: decoders differ in which frames they find, and in their pixels. */
export function isVideoFile(path: string): boolean {
  return VIDEO.test(suffixOf(path));
}

/** What to do with a video file: the command that makes the frames that SAM 2's own README asks for. */
export function framesCommand(path: string): string {
  const folder = stemOf(basename(path));
  return `a folder of frames: mkdir '${folder}' && ffmpeg -i '${path}' -q:v 2 -start_number 0 '${folder}/%05d.jpg'`;
}
