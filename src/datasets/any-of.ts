// A benchmark whose files are in circulation in several formats: the first of several adapters that finds an
// image reads them.
import { codeOf, complain, reasonOf, SegbenchError } from "../core/errors.ts";
import type { AnyOfOptions } from "../core/schema-types.ts";
import type { Adapter } from "./shared/adapter.ts";

export const anyOf: Adapter<AnyOfOptions> = {
  defaults: {},
  async list({ forms }, source) {
    const reasons = new Map<string, string[]>();
    const add = (reason: string, expected?: string) => {
      const places = reasons.get(reason) ?? [];
      reasons.set(reason, expected === undefined ? places : [...places, expected]);
    };
    let absent = false;
    for (const form of forms) {
      try {
        const entries = await source.adapt(form);
        if (entries.length > 0) return entries;
        add(`${form.format}: no image`);
      } catch (error) {
        const code = codeOf(error);
        absent ||= code === "not-found" || code === "no-samples";
        const [problem] = error instanceof SegbenchError ? error.problems : [];
        // Of its options it is said what was looked for, of several forms together.
        if (problem?.expected !== undefined && String(problem.where).includes("adapter."))
          add(`${form.format}: ${problem.what}`, problem.expected);
        else add(`${form.format}: ${reasonOf(error)}`);
      }
    }
    throw complain(source.card, "the files are in none of the expected formats", {
      ...(absent ? { code: "no-samples" } : {}),
      expected: [...new Set(forms.map(({ format }) => format))].join(", "),
      got: [...reasons]
        .map(([reason, places]) => (places.length === 0 ? reason : `${reason} (${places.join(", ")})`))
        .join("; "),
    });
  },
};
