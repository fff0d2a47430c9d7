// Bit masks against pycocotools, OpenCV, SciPy and NumPy: bit for bit, on cases written by scripts/oracle/masks.py.
import { expect } from "vitest";
import { and, andNot, area, not, or, tightBox } from "../../src/masks/bit-mask.ts";
import { deepestPixel, dilateDisk, erodeDisk, squaredDistances } from "../../src/masks/distance-transform.ts";
import { boundaryDistance, innerBoundary, iou, overlap } from "../../src/masks/iou.ts";
import { maskFromPolygons } from "../../src/masks/polygon.ts";
import { decodeCounts, encodeCounts, maskFromRle, rleFromMask } from "../../src/masks/rle.ts";
import type { Row } from "../helpers/oracle.ts";
import { againstOracle } from "./against-oracle.ts";
import { digest, erode, maskDigest, polygonsOf, random, shape } from "./cases.ts";

const numbers = (row: Row) => row.slice(0, 4) as [number, number, number, number];

againstOracle("bit-mask", (row) => {
  const mask = shape(...numbers(row));
  const box = tightBox(mask) ?? { x0: -1, y0: -1, x1: -1, y1: -1 };
  expect([area(mask), box.x0, box.y0, box.x1, box.y1, maskDigest(mask)]).toEqual(row.slice(4));
});

againstOracle("rle", (row) => {
  const mask = shape(...numbers(row));
  const counts = rleFromMask(mask);
  const text = encodeCounts(counts);
  const stored = text.length <= 60 ? text : digest(Buffer.from(text));
  expect([counts.length, digest(Int32Array.from(counts)), text.length, stored]).toEqual(row.slice(4));
  expect(decodeCounts(text, "case")).toEqual(counts);
  expect(maskFromRle(counts, mask, "case")).toEqual(mask);
});

const vertices = random(3);
againstOracle("polygon", ([style, w, h, pixels, expected, stored]) => {
  const [width, height] = [Number(w), Number(h)];
  const drawn = polygonsOf(vertices, Number(style), width, height);
  const mask = maskFromPolygons(stored === undefined ? drawn : JSON.parse(String(stored)), width, height);
  expect([area(mask), maskDigest(mask)]).toEqual([pixels, expected]);
});

againstOracle("iou", (row) => {
  const [kind, width, height, seed, kindB, seedB, kindC, seedC, ...expected] = row as number[];
  const a = shape(kind!, width!, height!, seed!);
  const b = shape(kindB!, width!, height!, seedB!);
  const ignore = shape(kindC!, width!, height!, seedC!);
  const all = overlap(a, b);
  const kept = overlap(a, b, ignore);
  const areas = [a, b].map((mask) => area(andNot(mask, ignore)));
  expect([
    ...[all.intersection, area(a), area(b), iou(a, b)],
    ...[kept.intersection, ...areas],
    ...[and(a, b), or(a, b), andNot(a, b), not(a)].map(maskDigest),
  ]).toEqual(expected);
  expect(all.union).toBe(area(a) + area(b) - all.intersection);
  expect(kept.union).toBe(areas[0]! + areas[1]! - kept.intersection);
});

againstOracle("distance-transform", (row) => {
  const mask = shape(...numbers(row));
  const [, width, height, , expected, index, squared, seed, indexLeft, squaredLeft] = row as number[];
  const excluded = shape(0, width!, height!, seed!);
  const before = maskDigest(mask);
  expect(digest(squaredDistances(mask))).toBe(expected);
  expect(deepestPixel(mask)).toEqual({ index, squaredDistance: squared });
  expect(deepestPixel(mask, excluded)).toEqual({ index: indexLeft, squaredDistance: squaredLeft });
  expect(maskDigest(mask)).toBe(before);
});

againstOracle("morphology", (row) => {
  const mask = shape(...numbers(row));
  const [radius, eroded, tenths, erodedByDisk, dilatedByDisk] = row.slice(4);
  expect(maskDigest(erode(mask, Number(radius)))).toBe(eroded);
  expect(maskDigest(erodeDisk(mask, Number(tenths) / 10))).toBe(erodedByDisk);
  expect(maskDigest(dilateDisk(mask, Number(tenths) / 10))).toBe(dilatedByDisk);
});

againstOracle("boundary", (row) => {
  const mask = shape(...numbers(row));
  const d = boundaryDistance(mask);
  expect([d, maskDigest(innerBoundary(mask, d)), maskDigest(innerBoundary(mask, d + 3))]).toEqual(
    row.slice(4),
  );
});

againstOracle("boundary-distance", ([width, height, expected]) => {
  expect(boundaryDistance({ width: Number(width), height: Number(height) })).toBe(expected);
});
