import { modelContract } from "../contracts/model.ts";
import { openFixture, openTiny, tinyImage } from "./cases.ts";

const image = tinyImage(5, 30, 20);

for (const name of ["decoder-1", "decoder-3", "decoder-4", "decoder-fixed"])
  modelContract(name, { open: () => openFixture(name), image, tolerance: 0 });

modelContract("tiny", { open: () => openTiny(), image, tolerance: 1e-4 });
