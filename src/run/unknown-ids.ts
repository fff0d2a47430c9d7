// Names in predictions that the benchmark has not, with the nearest that it has.
import { closest } from "fastest-levenshtein";
import type { PreparedSet } from "../config/index.ts";
import type { Predictions } from "../core/predictions.ts";

const MOST = 10;

/** A line for each of the first few strange images; images that a limit or a subset leaves out are none. */
export function unknownImages(
  { name, images: predicted }: Predictions,
  { images, benchmark }: PreparedSet,
): string[] {
  const known = new Set(images);
  const strange = predicted.filter((image) => !known.has(image));
  const lines = strange
    .slice(0, MOST)
    .map((image) => `${name}: ${benchmark.name} has no image ${JSON.stringify(image)}${hint(image, images)}`);
  const rest = strange.length - MOST;
  return rest > 0 ? [...lines, `${name}: and ${rest} more images that ${benchmark.name} has not`] : lines;
}

/** A line for each name that belongs to none of an image's targets. */
export function unknownTargets(
  image: string,
  unknown: readonly string[],
  targets: readonly string[],
): string[] {
  return unknown.map(
    (target) => `image ${image} has no target ${JSON.stringify(target)}${hint(target, targets)}`,
  );
}

function hint(got: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  return `; the nearest is ${JSON.stringify(bareMatch(got, known) ?? closest(got, [...known]))}`;
}

/** 139 for 000000000139, a.jpg for a: ids that differ in leading zeros, folders or a suffix alone. */
function bareMatch(got: string, known: readonly string[]): string | undefined {
  const bare = (id: string) => id.replace(/^.*\//, "").replace(/^0+(?=.)/, "");
  const wanted = bare(got.replace(/\.[A-Za-z]+$/, ""));
  return known.find((id) => bare(id) === wanted);
}
