// One value per pixel, whatever the file: the suffix says how it is read.
import { complain } from "../core/errors.ts";
import type { LabelMap } from "../core/types.ts";
import { readBmp } from "./bmp-file.ts";
import { type DataFile, suffixOf } from "./files.ts";
import { readHdf5 } from "./hdf5-file.ts";
import { readRawSamples } from "./image-file.ts";
import { readLabelPng } from "./label-png.ts";
import { readMat } from "./mat-file.ts";

/**
 * Values as stored: PNG (palette indices, 1 to 16 bits), BMP, HDF5 and MAT, or any picture that sharp reads. Alpha stays
 * a channel. `member` says which array of an HDF5 or MAT file: `dataset`, `GTinst.Segmentation`, `groundTruth.0.Segmentation`.
 */
export async function readLabelMap(file: DataFile, member?: string): Promise<LabelMap> {
  const suffix = suffixOf(file.name);
  if (suffix === ".png") return readLabelPng(file);
  if (suffix === ".bmp") return readBmp(file);
  if (suffix !== ".hdf5" && suffix !== ".h5" && suffix !== ".mat") return readRawSamples(file);
  if (member === undefined)
    throw complain({
      where: file.name,
      what: "the card does not say which array of the file to read",
      expected: "member",
    });
  return suffix === ".mat" ? readMat(file, member) : readHdf5(file, member);
}
