// A benchmark whose files are in circulation in several formats: the first of several adapters that finds an
// image reads them.
import { codeOf, complain, reasonOf } from "../core/errors.ts";
import type { AnyOfOptions } from "../core/schema-types.ts";
import type { Adapter } from "./shared/adapter.ts";

export const anyOf: Adapter<AnyOfOptions> = {
  defaults: {},
  async list({ forms }, source) {
    const reasons: string[] = [];
    let absent = false;
    for (const form of forms) {
      try {
        const entries = await source.adapt(form);
        if (entries.length > 0) return entries;
        reasons.push(`${form.format}: no image`);
      } catch (error) {
        const code = codeOf(error);
        absent ||= code === "not-found" || code === "no-samples";
        reasons.push(`${form.format}: ${reasonOf(error)}`);
      }
    }
    throw complain(source.card, "the files are in none of the expected formats", {
      ...(absent ? { code: "no-samples" } : {}),
      expected: forms.map(({ format }) => format).join(", "),
      got: reasons.join("; "),
    });
  },
};
