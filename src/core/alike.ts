import type { ComparedPair } from "./results.ts";

/** Whether no score of any mask differs, of all that were compared. */
export function allAlike({ groups }: Pick<ComparedPair, "groups">): boolean {
  const measures = groups.filter(({ kind }) => kind === "overall").flatMap((group) => group.measures);
  return (
    measures.length > 0 &&
    measures.every(
      ({ base, candidate, difference: { value }, targets: { better, worse, moved = 0 } = none }) =>
        base === candidate && value === 0 && better + worse + moved === 0,
    )
  );
}

const none = { better: 0, worse: 0, moved: 0 };
