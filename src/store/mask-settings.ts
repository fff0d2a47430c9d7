// What a folder of masks was made with, and what differs where it is to go on with something else.
import { complain } from "../core/errors.ts";
import { canonicalJson } from "../core/hash.ts";
import type { FileFact, PlannedModel } from "../core/plan.ts";
import { withoutProse } from "./plan-differences.ts";

/** Plain data, compared key by key. */
type Values = Readonly<Record<string, unknown>>;

/** What masks are made with. */
export interface MaskSettings extends Values {
  readonly protocol: string;
  readonly generator: object;
  /** Its card without what is said for readers. Another name or place of the same files is the same model. */
  readonly model: { readonly name: string; readonly card: Values; readonly files: readonly FileFact[] };
}

/** A model as the settings have it. */
export function maskedBy({ name, card, files }: PlannedModel): MaskSettings["model"] {
  const { files: _, ...facts } = withoutProse(card);
  return { name, card: facts, files };
}

/** Rejects where masks were made otherwise: what differs, and what to do. */
export function refuseOthers(before: Partial<MaskSettings>, now: MaskSettings, where: string): void {
  const { model: old, ...rest } = before;
  const { model, ...others } = now;
  const hashes = ({ files }: MaskSettings["model"]) =>
    files.map(({ sha256 }) => sha256.slice(0, 12)).join(", ");
  const named = (one: MaskSettings["model"]) => `${one.name} (files ${hashes(one)})`;
  const models =
    old !== undefined && hashes(old) === hashes(model)
      ? differencesOf(old.card, model.card, "model")
      : [`model was ${old === undefined ? "not said" : named(old)}, now ${named(model)}`];
  const differences = [...models, ...differencesOf(rest, others)];
  if (differences.length === 0) return;
  const more = differences.length > 4 ? `; and ${differences.length - 4} more` : "";
  throw complain(where, "holds masks that were made with something else", {
    code: "refused",
    expected: "another folder, or `fresh` to replace them",
    got: differences.slice(0, 4).join("; ") + more,
  });
}

/** "pointsPerSide was 32, now 16". Of values that are objects, their own. */
function differencesOf(before: Values, now: Values, within = ""): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const [old, young] = [before[key], now[key]];
    if (canonicalJson(old ?? null) === canonicalJson(young ?? null)) return [];
    const name = within === "" ? key : `${within} ${key}`;
    const isPlain = (value: unknown): value is Values =>
      typeof value === "object" && value !== null && !Array.isArray(value);
    if (isPlain(old) && isPlain(young)) return differencesOf(old, young, key === "generator" ? "" : name);
    const shown = (value: unknown) => (value === undefined ? "not said" : textOf(value));
    return [`${name} was ${shown(old)}, now ${shown(young)}`];
  });
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
