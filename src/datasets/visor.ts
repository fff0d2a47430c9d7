// EPIC-KITCHENS VISOR: one JSON per video; frames are found by name wherever their archives were unpacked.
import { complain } from "../core/errors.ts";
import type { VisorOptions } from "../core/schema-types.ts";
import { listFiles, splitName, stemOf } from "../formats/files.ts";
import { parsePattern } from "../formats/pattern.ts";
import { readVisor } from "../formats/visor-file.ts";
import type { Adapter, Entry } from "./shared/adapter.ts";
import { matchingFiles } from "./shared/documents.ts";
import { countDrawn, loadDrawn } from "./shared/drawn.ts";

export const visor: Adapter<VisorOptions> = async (options, source) => {
  const pattern = parsePattern(options.annotations, `${source.card}: adapter.annotations`);
  const frames = parsePattern(options.frames, `${source.card}: adapter.frames`);
  const [width, height] = options.space as [number, number];
  const places = new Map<string, string>();
  for (const name of await listFiles(source.root, frames.folder))
    if (frames.match(name)) places.set(splitName(name)[1], name);
  const entries: Entry[] = [];
  for (const { name: json } of await matchingFiles(pattern, source)) {
    for (const frame of await readVisor({ root: source.root, name: json }, { width, height })) {
      const place = places.get(frame.file);
      const missing = async () => {
        throw complain({ where: frame.where, what: "its frame is not there", expected: frame.file });
      };
      entries.push({
        id: stemOf(frame.file),
        masks: countDrawn(frame, options),
        load:
          place === undefined
            ? missing
            : () => loadDrawn({ root: source.root, name: place }, frame, options, source),
      });
    }
  }
  return entries;
};
