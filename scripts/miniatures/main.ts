// Writes datasets/samples/<name>/: a few made-up pictures of each set, in its official layout, with its real traps.
// `npm run miniatures [name...]`; nothing in them is copied from the sets, and running it again gives the same bytes.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Miniature } from "./files.ts";
import { ade20k } from "./sets/ade20k.ts";
import { bbbc038v1 } from "./sets/bbbc038v1.ts";
import { cityscapes } from "./sets/cityscapes.ts";
import { cocoVal2017, lvisV1Val } from "./sets/coco.ts";
import { davis2016 } from "./sets/davis2016.ts";
import { davis2017 } from "./sets/davis2017.ts";
import { doors } from "./sets/doors.ts";
import { dram } from "./sets/dram.ts";
import { egohos } from "./sets/egohos.ts";
import { gtea } from "./sets/gtea.ts";
import { hypersim } from "./sets/hypersim.ts";
import { ibd } from "./sets/ibd.ts";
import { ishape } from "./sets/ishape.ts";
import { lvis } from "./sets/lvis.ts";
import { ndd20 } from "./sets/ndd20.ts";
import { ndispark } from "./sets/ndispark.ts";
import { ovis } from "./sets/ovis.ts";
import { pidray } from "./sets/pidray.ts";
import { plittersdorf } from "./sets/plittersdorf.ts";
import { ppdls } from "./sets/ppdls.ts";
import { refer } from "./sets/refer.ts";
import { sa1b } from "./sets/sa-1b.ts";
import { sacoGold, sacoSilver } from "./sets/sa-co.ts";
import { savTest, savVal } from "./sets/sa-v.ts";
import { streets } from "./sets/streets.ts";
import { timberseg } from "./sets/timberseg.ts";
import { trashcan } from "./sets/trashcan.ts";
import { visor } from "./sets/visor.ts";
import { woodscape } from "./sets/woodscape.ts";
import { zerowasteF } from "./sets/zerowaste-f.ts";

const sets: readonly Miniature[] = [
  ade20k,
  bbbc038v1,
  cityscapes,
  cocoVal2017,
  davis2016,
  davis2017,
  doors,
  dram,
  egohos,
  gtea,
  hypersim,
  ibd,
  ishape,
  lvis,
  lvisV1Val,
  ndd20,
  ndispark,
  ovis,
  pidray,
  plittersdorf,
  ppdls,
  refer,
  sa1b,
  sacoGold,
  sacoSilver,
  savTest,
  savVal,
  streets,
  timberseg,
  trashcan,
  visor,
  woodscape,
  zerowasteF,
];
const target = process.env.MINIATURES ?? fileURLToPath(new URL("../../datasets/samples", import.meta.url));
const wanted = process.argv.slice(2);

for (const { name, make } of sets) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const files = await make();
  rmSync(join(target, name), { recursive: true, force: true });
  let bytes = 0;
  for (const [file, content] of files) {
    const path = join(target, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    bytes += content.length;
  }
  console.log(`${name}: ${files.size} files, ${Math.round(bytes / 1024)} KiB`);
}
