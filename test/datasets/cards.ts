// The project's own cards and miniatures, and real samples where a machine has some.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { type Kind, kindOf } from "../../src/core/plan.ts";
import type { DatasetCard } from "../../src/core/schema-types.ts";

const folder = fileURLToPath(new URL("../../datasets", import.meta.url));
export const miniatures = join(folder, "samples");

export const cardNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.replace(/\.yaml$/, ""))
  .sort();

export function readCard(name: string): DatasetCard {
  return parse(readFileSync(join(folder, `${name}.yaml`), "utf8")) as DatasetCard;
}

/** Cards of this kind that have a miniature. */
export function drawnCards(kind: Kind): readonly string[] {
  return cardNames.filter((name) => {
    const card = readCard(name);
    return card.miniature !== undefined && kindOf(card) === kind;
  });
}

export function rootOf(data: string, name: string): string {
  return join(data, readCard(name).root ?? name);
}

/** Real data: SEGBENCH_DATA, or a folder of samples beside the repository; undefined where neither is there. */
export const realData: string | undefined = [
  process.env.SEGBENCH_DATA,
  fileURLToPath(new URL("../../../shared/samples", import.meta.url)),
].find((path) => path !== undefined && existsSync(path));
