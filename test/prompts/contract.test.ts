import type { BitMask } from "../../src/core/types.ts";
import { protocols } from "../../src/eval/interactive/protocols/index.ts";
import { promptContract } from "../contracts/prompt.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { shape } from "../masks/cases.ts";

const masks: Readonly<Record<string, BitMask>> = {
  "a blob": shape(1, 40, 30, 7),
  "one pixel": ascii("...", "..#", "..."),
  "a whole picture": ascii("####", "####", "####"),
  "two diagonal pixels": ascii("#.", ".#"),
  "a line along the border": ascii("#####", ".....", "....."),
};

for (const protocol of Object.values(protocols)) promptContract(protocol, masks);
