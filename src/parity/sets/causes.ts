// Which filter made the difference between two sets of masks: its input is taken from the reference, and what either side keeps alone is counted
// again.
import { type FullModelCard, parityDefaults } from "../../core/defaults.ts";
import type { GeneratorSettings } from "../../core/mask-sets.ts";
import type { ParityDiagnosis } from "../../core/parity.ts";
import {
  type FilterInput,
  filterInputs,
  type ParitySets,
  type ParitySideName,
  type ScoreShift,
} from "../../core/parity-sets.ts";
import { plural } from "../../core/words.ts";
import { anotherModel } from "../diagnose/another-model.ts";

/** The stage of everything mode's causes. */
const stage = "filters";

interface Named {
  readonly what: string;
  /** What the filters look at, as the reference has it. */
  readonly input: string;
  readonly shift: keyof ParitySets["shifts"];
  /** Of numbers that moved one way. */
  readonly advice: string;
}

const named: Readonly<Record<FilterInput, Named>> = {
  predicted: {
    ...{ what: "Predicted IoU", input: "predicted IoUs", shift: "predicted" },
    advice:
      "Its numbers are on another scale: look at what is done to the score output after the quality head (a factor, a sigmoid twice or not at all, a stability score in its place).",
  },
  stability: {
    ...{ what: "Stability", input: "stabilities", shift: "stability" },
    advice:
      "Logits are steeper or flatter than the reference's: a factor on them is another stability offset. Look for a scale, a clip or a sigmoid after the last layer.",
  },
  masks: {
    ...{ what: "The masks' boxes and sizes", input: "boxes and sizes", shift: "area" },
    advice: "Look at how logits are resized, and at the frame on the card.",
  },
  outlines: {
    ...{ what: "The mask threshold", input: "masks and stabilities", shift: "area" },
    advice:
      "Masks are larger or smaller throughout, as at another mask threshold: look for a constant added to the logits, and at `mask.threshold` of the card.",
  },
};

export interface SetSide {
  readonly card: Pick<FullModelCard, "mask">;
  /** By protocol. */
  readonly generators: Readonly<Record<string, GeneratorSettings>>;
}

type Sides = Readonly<Record<ParitySideName, SetSide>>;

/**
 * Numbers that moved one way over all candidates are a mistake, whatever they cost here. Where none did, the filter is told that made the difference,
 * which is none. Nothing where nothing differs, and of another model (as `graphs` say), whose numbers are no one's mistake.
 */
export function setCauses(
  sets: ParitySets,
  sides: Sides,
  graphs: readonly ParityDiagnosis[] = [],
): { readonly diagnoses: readonly ParityDiagnosis[]; readonly remarks: readonly string[] } {
  const settings = settingsThatDiffer(sides);
  if (settings.length > 0) return { diagnoses: [settingsDiagnosis(settings)], remarks: [] };
  if (graphs.some(({ id }) => id === anotherModel)) return { diagnoses: [], remarks: [] };
  const { predicted, stability, area } = sets.shifts;
  const moved: FilterInput[] = [
    ...(isOneWay(area) ? (["outlines"] as const) : isOneWay(stability) ? (["stability"] as const) : []),
    ...(isOneWay(predicted) ? (["predicted"] as const) : []),
  ];
  const { all, ...left } = sets.apart;
  if (moved.length > 0)
    return {
      diagnoses: moved
        .sort((a, b) => left[a] - left[b])
        .map((input) => diagnosisOf(input, sets, sides, true)),
      remarks: [],
    };
  if (all === 0) return { diagnoses: [], remarks: [] };
  const [first] = filterInputs
    .filter((input) => explains(left[input], all))
    .sort((a, b) => Number(a === "outlines") - Number(b === "outlines") || left[a] - left[b]);
  if (first !== undefined) return { diagnoses: [diagnosisOf(first, sets, sides, false)], remarks: [] };
  const parts = (["predicted", "stability", "masks"] as const).map(
    (input) => `${left[input]} with the reference's ${named[input].input}`,
  );
  return {
    diagnoses: [],
    remarks: [
      `no filter alone made the difference: one side alone keeps ${plural(all, "candidate")}, and ${parts.join(", ")}`,
    ],
  };
}

function explains(left: number, all: number): boolean {
  return left <= (1 - parityDefaults.explained) * all;
}

/** Nearly all numbers moved to the same side, and far enough to matter. */
function isOneWay({ n, sum, up, down }: ScoreShift): boolean {
  const { share, least } = parityDefaults.systematic;
  return n > 0 && Math.max(up, down) >= share * n && Math.abs(sum / n) >= least;
}

function diagnosisOf(input: FilterInput, sets: ParitySets, sides: Sides, oneWay: boolean): ParityDiagnosis {
  const { what, input: words, shift: of, advice } = named[input];
  const { all, [input]: after } = sets.apart;
  const { n, sum, up, down } = sets.shifts[of];
  const subject = of === "area" ? "Areas" : what;
  const way = up >= down ? "higher" : "lower";
  const share = n === 0 ? 0 : (100 * Math.max(up, down)) / n;
  const points = n === 0 ? 0 : (100 * Math.abs(sum)) / n;
  const [own, other] = [sides.reference.card.mask.threshold, sides.candidate.card.mask.threshold];
  const made = all > 0 && explains(after, all);
  const name = input === "outlines" && !oneWay ? "Masks and stability" : what;
  return {
    ...{ id: `filter-${input}`, stage, mistake: oneWay },
    title: `${name} ${made ? "made the difference" : "moved one way"}`,
    ...(all === 0 ? {} : { removed: Math.max(0, 1 - after / all) }),
    evidence: [
      all === 0
        ? "Both sides keep the same candidates all the same."
        : `One side alone keeps ${plural(all, "candidate")}; with the reference's ${words} in place of the candidate's, ${after}.`,
      `${subject}: ${way} for ${share.toFixed(1).replace(/\.0$/, "")} % of the candidates, by ${points.toFixed(2)} ${of === "area" ? "%" : "points"} in the mean.`,
      ...(of === "area" && own !== other ? [`\`mask.threshold\` of the cards: ${own} and ${other}.`] : []),
    ],
    advice: oneWay
      ? advice
      : "Nothing moved one way: candidates near a limit fall on either side of it. The table of thresholds says how many are near.",
  };
}

/** "everything@1 nms: 0.7 and 0.9". */
function settingsThatDiffer({ reference, candidate }: Sides): string[] {
  return Object.entries(reference.generators).flatMap(([protocol, own]) => {
    const other = candidate.generators[protocol];
    const keys = Object.keys(own) as (keyof GeneratorSettings)[];
    return keys
      .filter((key) => own[key] !== other?.[key])
      .map((key) => `${protocol} ${key}: ${own[key]} and ${other?.[key]}`);
  });
}

function settingsDiagnosis(settings: readonly string[]): ParityDiagnosis {
  return {
    ...{ id: "settings", stage, mistake: true },
    title: `Settings differ: ${settings.join(", ")}`,
    evidence: ["The two sets were not made by the same rules, so nothing else was looked for."],
    advice: "Compare two models under the same settings.",
  };
}
