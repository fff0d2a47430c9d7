// npm run bench [-- PART...]   measures our own speed, side by side with what others do, and writes bench/results.md.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { withoutTelemetry } from "../src/models/runtime/telemetry.ts";
import { againstFloor, cache, shards, vitAgainstFloor } from "./against-floor.ts";
import { againstPython } from "./against-python.ts";
import { clipMemory, clips, sam2Clips } from "./clips.ts";
import { everything } from "./everything.ts";
import { growth } from "./growth.ts";
import { kernels } from "./kernels.ts";
import { maskSets } from "./mask-sets.ts";
import { type Line, python, type Surroundings, surroundings } from "./measure.ts";
import { tracks } from "./tracks.ts";

const parts: Readonly<Record<string, (around: Surroundings) => Line[] | Promise<Line[]>>> = {
  kernels,
  floor: againstFloor,
  cache,
  shards,
  python: againstPython,
  everything,
  growth,
  tracks,
  "mask-sets": maskSets,
  clips,
  "sam2-clips": sam2Clips,
  "clip-memory": clipMemory,
  "vit-b": vitAgainstFloor,
};

withoutTelemetry();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  console.error(`bench: no part "${unknown[0]}"; there are ${Object.keys(parts).join(", ")}`);
  process.exit(2);
}
const around = surroundings();
const lines: Line[] = [];
for (const name of asked.length > 0 ? asked : Object.keys(parts)) {
  console.error(`${name} ...`);
  lines.push(...(await parts[name]!(around)));
}
const table = tableOf(lines);
console.log(table);
if (asked.length === 0) writeFileSync(fileURLToPath(new URL("results.md", import.meta.url)), page(table));

function tableOf(rows: readonly Line[]): string {
  const cells = rows.map(({ part, what, ours, theirs, ratio, goal }) => [
    part,
    what,
    ours,
    theirs,
    ratio,
    goal,
  ]);
  const head = ["part", "what", "segbench", "other", "ratio", "goal"];
  return [head, head.map(() => "---"), ...cells].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function page(text: string): string {
  const versions = Object.entries(python<Record<string, string>>(around, "python/versions.py", []))
    .map((pair) => pair.join(" "))
    .join(", ");
  return `# Results of \`npm run bench\`

Medians; a ratio compares two things measured alternately in one run on one machine, so it means more than a time.

${text}

Machine: ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}; the other side: ${versions}.
`;
}
