// What every metric must keep to. Run on each member of the registry.
import { describe, expect, test } from "vitest";
import type { BitMask, Metric } from "../../src/core/types.ts";
import { createMask } from "../../src/masks/bit-mask.ts";
import { not } from "../../src/masks/boolean.ts";

export function metricContract(metric: Metric, masks: Readonly<Record<string, BitMask>>): void {
  const { against, name } = metric;
  const score = (target: BitMask, mask: BitMask, ignore?: BitMask) =>
    against({ status: "ok", id: "t", mask: target, ...(ignore === undefined ? {} : { ignore }) })(mask);

  describe(name, () => {
    for (const [shape, mask] of Object.entries(masks))
      test(shape, () => {
        const none = createMask(mask.width, mask.height);
        const before = mask.words.slice();
        const others = [mask, none, not(none), not(mask)];
        for (const other of others) {
          const value = score(mask, other);
          expect(value >= 0 && value <= 1).toBe(true);
          expect(score(other, mask)).toBe(value);
          expect(score(mask, other)).toBe(value);
        }
        expect(score(mask, mask)).toBe(1);
        expect(score(none, none)).toBe(1);
        expect(score(mask, none)).toBe(0);
        // Where nothing counts, nothing differs.
        expect(score(mask, none, not(none))).toBe(1);
        expect(mask.words).toEqual(before);
      });

    test("has a summary, and is prepared once for many masks", () => {
      expect(metric.summary).not.toBe("");
      const [mask] = Object.values(masks);
      const prepared = against({ status: "ok", id: "t", mask: mask! });
      const none = createMask(mask!.width, mask!.height);
      expect([prepared(mask!), prepared(none), prepared(mask!)]).toEqual([1, 0, 1]);
    });
  });
}
