// docs/trust.md: what every number of the product is held against.
//   npm run trust                 runs the tests that hold something against an oracle, keeps what they noted in held.json, writes the page
//   npm run trust -- --page       writes the page from the files that are there
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { heldNow } from "./held.ts";
import { trustPage } from "./page.ts";

const file = "scripts/trust/held.json";
if (!process.argv.includes("--page")) {
  writeFileSync(file, JSON.stringify(await heldNow()));
  // As `npm run format` leaves it.
  spawnSync("npx", ["biome", "format", "--write", file]);
}
writeFileSync("docs/trust.md", trustPage(JSON.parse(readFileSync(file, "utf8"))));
