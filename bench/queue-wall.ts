// What a queue costs: the wall time of a run by a coordinator, a broker and 1 and 2 workers of one model each, over that of the same run by one
// command with `--workers` 1 and 2. Everything is counted, from the start of the broker to the end of the last process.
//
//   npx tsx bench/queue-wall.ts [IMAGES_OF_EACH=10] [TIMES=3]      a quarter of an hour on a quiet machine; writes bench/queue-wall.json
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "simple-statistics";
import { startServer } from "../scripts/queue-tests/server.ts";
import { packageFolder } from "../src/config/paths.ts";
import buildOnce from "../test/helpers/build.ts";

const [limit = 10, times = 3] = process.argv.slice(2).map(Number);
const remove = await buildOnce();
const { runProgram } = await import("../test/helpers/run-cli.ts");
const folder = mkdtempSync(join(tmpdir(), "segbench-wall-"));
const cwd = packageFolder;
const request = ["configs/quickstart.yaml", "--limit", String(limit), "--no-pages"];
const data = ["--data", join(packageFolder, "datasets", "samples")];

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function segbench(words: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const { code, err } = await runProgram(words, { cwd, env });
  if (code !== 0) throw new Error(`segbench ${words.join(" ")}: exit code ${code}\n${err}`);
}

const rounded = (of: readonly number[], digits: number) => of.map((one) => Number(one.toFixed(digits)));
const figures: Record<string, number | string | readonly number[]> = {};
try {
  for (const workers of [1, 2]) {
    const plain: number[] = [];
    const queued: number[] = [];
    const out = (name: string) => join(folder, `${name}-${workers}`);
    for (let turn = 0; turn < times; turn += 1) {
      const command = ["run", ...request, ...data, "--fresh"];
      plain.push(
        await seconds(() => segbench([...command, "--workers", String(workers), "--out", out("plain")])),
      );
      queued.push(
        await seconds(async () => {
          const server = await startServer(join(folder, `broker-${workers}-${turn}`));
          const env = { SEGBENCH_QUEUE: server.url };
          const work = ["work", "--until-done", "--workers", "1", ...data];
          await Promise.all([
            segbench([...command, "--queue", "--out", out("queue")], env),
            ...Array.from({ length: workers }, () => segbench(work, env)),
          ]);
          await server.close();
        }),
      );
    }
    for (const name of ["rows.jsonl", "masks.jsonl"]) {
      const [a, b] = ["plain", "queue"].map((one) => readFileSync(join(out(one), name)));
      if (!a!.equals(b!)) throw new Error(`${name}: not the same bytes`);
    }
    const images = readFileSync(join(out("plain"), "progress.jsonl"), "utf8").split("\n").length - 1;
    figures.images = images;
    figures[`plain ${workers}`] = rounded(plain, 2);
    figures[`queue ${workers}`] = rounded(queued, 2);
    const ratios = queued.map((one, i) => one / plain[i]!);
    figures[`ratios ${workers}`] = rounded(ratios, 3);
    figures[`ratio ${workers}`] = Number(median(ratios).toFixed(3));
    figures[`milliseconds an image ${workers}`] = Math.round((1000 * median(plain)) / images);
  }
  const machine = `${cpus().length} x ${cpus()[0]!.model}, load ${loadavg()[1]!.toFixed(1)}`;
  const text = `${JSON.stringify({ ...figures, machine }, null, 2)}\n`;
  console.log(text);
  writeFileSync(fileURLToPath(new URL("queue-wall.json", import.meta.url)), text);
} finally {
  rmSync(folder, { recursive: true, force: true });
  remove?.();
}
// The connection of `startServer` may still be on its way.
process.exit(0);
