import { complain } from "../core/errors.ts";
import type { DatasetCard } from "../core/schema-types.ts";

/** The card's rule that says which images are resampled together: the image itself, or what the group of a regular expression matches in its id. */
export function clusterRule({
  name,
  cluster,
}: Pick<DatasetCard, "name" | "cluster">): (id: string) => string {
  if (cluster === undefined || cluster === "image") return (id) => id;
  const where = `${name}: cluster`;
  let expression: RegExp;
  try {
    expression = new RegExp(cluster);
  } catch (cause) {
    throw complain({ where, what: "not a regular expression", got: cluster, cause });
  }
  return (id) => {
    const found = expression.exec(id)?.[1];
    if (found !== undefined) return found;
    throw complain({
      where,
      what: "the expression has no group that matches the image id",
      expected: cluster,
      got: id,
    });
  };
}
