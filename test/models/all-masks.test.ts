// Decoders that select in their graph, written with all candidates: what is found, and the bytes that follow from it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/core/hash.ts";
import { allMasks, selectionIn } from "../../src/models/all-masks.ts";
import { packageFolder } from "../helpers/synthetic.ts";

const fixture = (name: string) => readFileSync(join(packageFolder, "test/fixtures/models", `${name}.onnx`));

describe("the same bytes every time", () => {
  test.each([["sam/decoder-single", "697330c3a651dd83c725e67627f29af5f3e8c4be617328952ebd2d60b842d1ef"]])(
    "%s",
    (name, expected) => {
      const bytes = fixture(name);
      expect(sha256(allMasks(bytes, name))).toBe(expected);
      // What is written has nothing hidden any more.
      expect(selectionIn(allMasks(bytes, name), name)).toEqual({});
    },
  );
});
