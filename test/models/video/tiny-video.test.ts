// The bundled model of clips against scripts/tiny-video/propagate.py, a numpy host: masks equal, pixel by pixel.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { VideoSession } from "../../../src/core/types.ts";
import { held, readOracle } from "../../helpers/oracle.ts";
import { type DrawnClip, framesOf, openTiny, play, told } from "./player.ts";

const { clips } = readOracle<{ readonly clips: readonly DrawnClip[] }>("video/tiny-video");
let session: VideoSession;

beforeAll(async () => {
  session = await openTiny({ memory: "float32" });
});
afterAll(() => session.close());

test.each(Object.keys(clips[0]!.plays))("%s", async (name) => {
  let cases = 0;
  for (const clip of clips) {
    const tracks = await session.open(framesOf(clip), { revisits: true });
    for (const { where, got, expected } of await play(clip, clip.plays[name]!, tracks)) {
      const [score, iou, area, digest, undecided] = expected;
      if (got?.status !== "ok") throw new Error(`${where}: ${got?.reason}`);
      expect(got.objectScore!, where).toBeCloseTo(score, 2);
      expect(got.predictedIou!, where).toBeCloseTo(iou, 3);
      expect([where, ...told(got.mask, undecided)]).toEqual([where, area, digest]);
      cases++;
    }
    await tracks.close();
  }
  held("video/tiny-video", cases);
});
