import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects garbage until `done` says that what should be gone is gone, or for good after so many times. One collection is not
 * always enough: what was made while an incremental marking was under way outlives it. What is held outlives all of them.
 */
export async function collectUntil(done: () => boolean, times = 10): Promise<void> {
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < times; i++) {
    // A reference that was looked at is kept until the job ends.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    if (done()) return;
  }
}
