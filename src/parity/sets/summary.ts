// What is told of two models in everything mode: counts of all images added up, and the means and shares whose intervals are over images.
import { fates } from "../../core/mask-sets.ts";
import {
  type AloneMask,
  filterInputs,
  type ParityFate,
  type ParitySetMean,
  type ParitySetRow,
  type ParitySets,
  type ParitySideName,
  partnerIous,
  type ScoreShift,
  type SetComparison,
} from "../../core/parity-sets.ts";
import { bothSides, sides } from "../crossing.ts";

type Compared = NonNullable<ParitySetRow["compared"]>;

/** What an image adds to a mean: a sum and the number of its parts. */
export const setMeans: Readonly<Record<ParitySetMean, (one: SetComparison) => readonly [number, number]>> = {
  "partners-50": ({ partners, masks }) => [partners[0]!, masks.reference],
  "partners-75": ({ partners, masks }) => [partners[1]!, masks.reference],
  "partners-90": ({ partners, masks }) => [partners[2]!, masks.reference],
  "partners-back-50": ({ partners, masks }) => [partners[0]!, masks.candidate],
  "partners-back-75": ({ partners, masks }) => [partners[1]!, masks.candidate],
  "partners-back-90": ({ partners, masks }) => [partners[2]!, masks.candidate],
  "partner-iou": ({ partners, agreement }) => [agreement, partners[0]!],
  "count-change": ({ masks: { reference, candidate } }) => [candidate - reference, reference],
  "near-predicted": ({ near, candidates }) => [near.candidate[0]!, candidates],
  "near-stability": ({ near, candidates }) => [near.candidate[1]!, candidates],
  "stability-error": ({ shifts: { stability } }) => [stability.absolute, stability.n],
};

/** Those in which a mask or a candidate counts fully or not at all. */
export const setShares = (Object.keys(setMeans) as ParitySetMean[]).filter((name) =>
  /^(partners|near)-/.test(name),
);

/** undefined where nothing was compared. */
export function setsOf(rows: readonly ParitySetRow[]): ParitySets | undefined {
  const all = rows.flatMap(({ compared }) => compared ?? []);
  if (all.length === 0) return undefined;
  const total = (of: (one: Compared) => number) => all.reduce((sum, one) => sum + of(one), 0);
  return {
    masks: bothSides((side) => total(({ masks }) => masks[side])),
    candidates: total(({ candidates }) => candidates),
    near: bothSides((side) => [0, 1].map((i) => total(({ near }) => near[side][i]!))),
    partners: partnerIous.map((_, i) => total(({ partners }) => partners[i]!)),
    agreement: total(({ agreement }) => agreement),
    shifts: {
      predicted: addedUp(all.map(({ shifts }) => shifts.predicted)),
      stability: addedUp(all.map(({ shifts }) => shifts.stability)),
      area: addedUp(all.map(({ shifts }) => shifts.area)),
    },
    apart: Object.fromEntries(
      (["all", ...filterInputs] as const).map((input) => [input, total(({ apart }) => apart[input])]),
    ) as SetComparison["apart"],
    identical: all.every(({ identical }) => identical),
    fates: fatesOf(all),
  };
}

function addedUp(shifts: readonly ScoreShift[]): ScoreShift {
  const total = (of: (one: ScoreShift) => number) => shifts.reduce((sum, one) => sum + of(one), 0);
  return {
    ...{ n: total(({ n }) => n), sum: total(({ sum }) => sum), absolute: total((one) => one.absolute) },
    max: Math.max(...shifts.map(({ max }) => max)),
    ...{ up: total(({ up }) => up), down: total(({ down }) => down) },
  };
}

/** In the order of the generator's steps, and only those that a mask without a partner met. */
function fatesOf(all: readonly Compared[]): ParityFate[] {
  const masks = bothSides((side) => all.flatMap(({ alone }) => alone[side]));
  const [kept, ...removed] = fates;
  return [...removed, kept!].flatMap((fate): ParityFate[] => {
    const own = (side: ParitySideName) => masks[side].filter((one) => one.fate === fate);
    if (sides.every((side) => own(side).length === 0)) return [];
    const meanOf = (side: ParitySideName, key: "predicted" | "stability") => {
      const values = own(side).flatMap((one: AloneMask) => one[key] ?? []);
      return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    return [
      {
        fate,
        masks: bothSides((side) => own(side).length),
        predicted: bothSides((side) => meanOf(side, "predicted")),
        stability: bothSides((side) => meanOf(side, "stability")),
      },
    ];
  });
}
