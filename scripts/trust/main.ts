// docs/trust.md: what every number of the product is held against.
//   npm run trust                 runs the tests that hold something against an oracle, keeps what they noted in held.json, writes the page
//   npm run trust -- TEST...       runs only these, whose oracles no other test reads, and keeps what is known of the others
//   npm run trust -- --page       writes the page from the files that are there
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { heldNow } from "./held.ts";
import { type HeldFile, trustPage } from "./page.ts";

const file = "scripts/trust/held.json";
if (!process.argv.includes("--page")) {
  const tests = process.argv.slice(2);
  const now = await heldNow(tests.length > 0 ? tests : undefined);
  const known: readonly HeldFile[] = tests.length > 0 ? JSON.parse(readFileSync(file, "utf8")) : [];
  const others = known.filter(({ oracle }) => !now.some((one) => one.oracle === oracle));
  const keyOf = ({ oracle, unit = "" }: HeldFile) => `${oracle} ${unit}`;
  writeFileSync(file, JSON.stringify([...others, ...now].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))));
  // As `npm run format` leaves it.
  spawnSync("npx", ["biome", "format", "--write", file]);
}
writeFileSync("docs/trust.md", trustPage(JSON.parse(readFileSync(file, "utf8"))));
