// What every metric must keep to. Run on each member of the registry.
import { describe, expect, test } from "vitest";
import { type Metric, units } from "../../src/core/measure.ts";
import type { BitMask } from "../../src/core/types.ts";
import { createMask, not } from "../../src/masks/bit-mask.ts";

export function metricContract(metric: Metric, masks: Readonly<Record<string, BitMask>>): void {
  const { against, name, unit, better } = metric;
  const targetOf = (mask: BitMask, ignore?: BitMask) =>
    ({ status: "ok", id: "t", mask, ...(ignore === undefined ? {} : { ignore }) }) as const;
  const score = (target: BitMask, mask: BitMask, ignore?: BitMask) =>
    against(targetOf(target, ignore), {})(mask);
  /** Of equal masks; what it is where nothing of the target is found. */
  const best = better === "higher" ? 1 : 0;
  const worst = (mask: BitMask) =>
    unit === "share" ? 1 - best : Math.sqrt(mask.width ** 2 + mask.height ** 2);

  describe(name, () => {
    for (const [shape, mask] of Object.entries(masks))
      test(shape, () => {
        const none = createMask(mask.width, mask.height);
        const before = mask.words.slice();
        const others = [mask, none, not(none), not(mask)];
        for (const other of others) {
          const value = score(mask, other);
          expect(value >= 0 && value <= Math.max(best, worst(mask))).toBe(true);
          expect(score(other, mask)).toBe(value);
          expect(score(mask, other)).toBe(value);
        }
        expect(score(mask, mask)).toBe(best);
        expect(score(none, none)).toBe(best);
        expect(score(mask, none)).toBe(worst(mask));
        // Where nothing counts, nothing differs.
        expect(score(mask, none, not(none))).toBe(best);
        expect(mask.words).toEqual(before);
      });

    test("says what it is, and is prepared once for many masks", () => {
      for (const text of [metric.title, metric.meaning, metric.cost]) expect(text).not.toBe("");
      expect(Object.keys(units)).toContain(unit);
      const [mask] = Object.values(masks);
      const prepared = against(targetOf(mask!), {});
      const none = createMask(mask!.width, mask!.height);
      expect([prepared(mask!), prepared(none), prepared(mask!)]).toEqual([best, worst(mask!), best]);
    });
  });
}
