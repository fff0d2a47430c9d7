// npx tsx scripts/interval-coverage/main.ts: writes scripts/interval-coverage/result.json; docs/statistics.md quotes it. Minutes.
import { writeFileSync } from "node:fs";
import { simulate } from "./simulate.ts";

const results = [10, 30, 100, 300].map((clusters) => {
  const result = simulate(clusters, 2000, 2000);
  console.log(JSON.stringify(result));
  return result;
});
const text = results.map((result) => JSON.stringify(result)).join(",\n  ");
writeFileSync(new URL("result.json", import.meta.url), `[\n  ${text}\n]\n`);
