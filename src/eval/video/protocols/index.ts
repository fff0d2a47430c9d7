import type { VideoProtocol } from "../protocol.ts";
import { vosBox, vosClicks, vosMask } from "./vos.ts";

export { externalTracks } from "./vos.ts";

const all = [vosMask, vosBox, vosClicks(1), vosClicks(3), vosClicks(5)];

/** Protocol id -> protocol. */
export const protocols: Readonly<Record<string, VideoProtocol>> = Object.fromEntries(
  all.map((protocol) => [protocol.id, protocol]),
);
