// The verb that makes masks of anybody's pictures: masks.
import { join } from "node:path";
import { candidatesText, nothingLeft } from "../core/mask-set-facts.ts";
import { plural } from "../core/words.ts";
import { shownPath } from "../run/context.ts";
import type { MasksMade, MasksOptions } from "../run/masks/masks.ts";
import { type ExitCode, exitCodes } from "./exit.ts";
import { count, repeatedLine, setting, type Verbs, withRuntime } from "./options.ts";
import { failed, say, type Terminal } from "./terminal.ts";

/** Adds it to the program. */
export function addMasksVerb({ root, terminal, act, step }: Verbs): void {
  withRuntime(
    root
      .command("masks <image...>")
      .description(
        "all masks of pictures, by a grid of clicks, or the answers to phrases: COCO RLE with scores, and a picture of each image; no card, no ground truth. Images: files, folders, patterns. The same command continues where it stopped",
      )
      .requiredOption("--model <path>", "a model: a folder, ENCODER.onnx,DECODER.onnx, a card or a name")
      .option("--out <dir>", "folder to write (default: reports/IMAGES-MODEL-masks)")
      .option(
        "--protocol <id>",
        "everything@1, everything-sam2@1, everything-crops@1 or proposals@1 (default: everything@1; of SAM 2 everything-sam2@1)",
      )
      .option(
        "--generator <setting=value>",
        "a setting in place of the protocol's, such as pointsPerSide=16; again for another one: see docs/masks.md",
        setting,
      )
      .option(
        "--phrases <list>",
        'ask phrases in place of clicking a grid: "red circle,dog", or @FILE with one on each line; again for others; needs a model of phrases',
        repeatedLine,
      )
      .option("--limit <n>", "the first n images", count)
      .option("--batch <n>", "points per decoder call", count)
      .option("--workers <n>", "model workers (results do not depend on it)", count),
  )
    .option("--fresh", "replace what the folder holds")
    .option("--json", "print where the results are as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  segbench masks datasets/samples/egohos/data/train/image --model tiny --generator pointsPerSide=8 --generator predictedIou=0 --generator stability=0 --limit 2 --out reports/all-masks\n\nPattern:\n  segbench masks PHOTOS --model FOLDER",
    )
    .action(
      act(async (paths: string[], { json = false, ...options }: MasksOptions & { json?: boolean }) => {
        const { masks } = await import("../run/masks/masks.ts");
        const made = await step((context) => masks(paths, options, context));
        return printMasks(made, json, terminal);
      }),
    );
}

/** "dog: 3 masks in 2 images". */
function phraseText({ phrase, masks, images }: NonNullable<MasksMade["phrases"]>[number]): string {
  return `${phrase}: ${masks === 0 ? "nothing found" : `${plural(masks, "mask")} in ${plural(images, "image")}`}`;
}

/** Phrases of which so many are listed; the others are in the file. */
const LISTED = 20;

/** What was made and where it is; the exit code of its end. */
export async function printMasks(made: MasksMade, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const { print } = await import("./screen.ts");
  const { dir, images, done, before, masks, interrupted } = made;
  const shown = shownPath(dir, terminal);
  if (before === images) say(terminal, `${shown} is complete: nothing to do (--fresh starts again)`);
  if (interrupted) {
    say(terminal, `stopped: ${done} of ${images} images are in ${shown}; the same command continues`);
    return terminal.stopCode();
  }
  if (json) {
    const failures = made.failed;
    terminal.stdout.write(
      `${JSON.stringify({ out: dir, images: done, masks, ...(made.phrases && { phrases: made.phrases }), failed: failures })}\n`,
    );
  } else {
    const each = done === 0 ? "" : `, ${(masks / done).toFixed(1)} an image`;
    const { phrases } = made;
    const how = phrases === undefined ? candidatesText(made) : plural(phrases.length, "phrase");
    print(`${plural(masks, "mask")} of ${plural(done, "image")}${each}; ${how}`, terminal);
    for (const one of phrases?.slice(0, LISTED) ?? []) print(`  ${phraseText(one)}`, terminal);
    const more = (phrases?.length ?? 0) - LISTED;
    if (more > 0) print(`  and ${plural(more, "phrase")} more`, terminal);
    terminal.stdout.write(`masks: ${join(shown, "masks.json")}\n`);
    // Of an image of which nothing was answered there is none.
    if (phrases === undefined || masks > 0) terminal.stdout.write(`pictures: ${join(shown, "pictures")}\n`);
  }
  const advice = nothingLeft(made);
  if (advice !== undefined) say(terminal, `note: no mask passed the filters${advice}`);
  if (made.failed.length === 0) return exitCodes.fine;
  const { length } = made.failed;
  return failed(
    terminal,
    made.phrases === undefined
      ? `${plural(length, "image")} of ${images} could not be done`
      : `${plural(length, "question")} could not be asked: masks.json lists them under info.failed`,
  );
}
