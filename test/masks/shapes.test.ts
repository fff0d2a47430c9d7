// Conventions in small pictures: ties, borders, empty and full masks. The examples of the doc comments are here too.
import { describe, expect, test } from "vitest";
import {
  and,
  andNot,
  area,
  createMask,
  equals,
  fromBytes,
  getPixel,
  isEmpty,
  not,
  or,
  popcount,
  setRun,
  tightBox,
  toBytes,
} from "../../src/masks/bit-mask.ts";
import { deepestPixel, dilateDisk, erodeDisk, squaredDistances } from "../../src/masks/distance-transform.ts";
import { boundaryDistance, dice, innerBoundary, iou, overlap } from "../../src/masks/iou.ts";
import { ascii, draw } from "../helpers/ascii-mask.ts";
import { erode } from "./cases.ts";

const full3 = ascii("###", "###", "###");

describe("bit masks", () => {
  test("rows start on words and bits past the width stay zero", () => {
    const mask = fromBytes(new Uint8Array(66).fill(7), 33, 2);
    expect([...mask.words]).toEqual([0xffffffff, 1, 0xffffffff, 1]);
    expect([...not(mask).words]).toEqual([0, 0, 0, 0]);
    expect([...not(createMask(32, 1)).words]).toEqual([0xffffffff]);
  });
  test("bytes and back", () => {
    const bytes = Uint8Array.from([0, 1, 1, 1, 0, 0]);
    expect(toBytes(fromBytes(bytes, 3, 2))).toEqual(bytes);
    expect(() => fromBytes(bytes, 4, 2)).toThrow(
      "mask: the number of bytes is not width x height; expected 8, got 6",
    );
  });
  test("a row run across words", () => {
    const mask = createMask(100, 2);
    setRun(mask, 1, 30, 97);
    setRun(mask, 0, 5, 5);
    expect(area(mask)).toBe(67);
    expect([29, 30, 96, 97].map((x) => getPixel(mask, x, 1))).toEqual([false, true, true, false]);
  });
  test("outside the picture nothing is set", () => {
    expect([getPixel(full3, -1, 0), getPixel(full3, 3, 0), getPixel(full3, 0, 3)]).toEqual([
      false,
      false,
      false,
    ]);
  });
  test("a copy is equal and independent", () => {
    const other = structuredClone(full3);
    expect(equals(other, full3)).toBe(true);
    setRun(other, 0, 0, 3);
    other.words[0] = 0;
    expect(equals(other, full3)).toBe(false);
    expect(area(full3)).toBe(9);
    expect(equals(createMask(2, 3), createMask(3, 2))).toBe(false);
  });
  test("empty and one word", () => {
    expect([isEmpty(createMask(4, 3)), isEmpty(full3), area(createMask(4, 3))]).toEqual([true, false, 0]);
    expect(popcount(0b1011)).toBe(3);
    expect(popcount(0xffffffff)).toBe(32);
  });
});

describe("sets and scores", () => {
  const a = ascii("##.");
  const b = ascii(".##");
  test("set operations", () => {
    expect([and(a, b), or(a, b), andNot(a, b), not(a)].flatMap(draw)).toEqual([".#.", "###", "#..", "..#"]);
  });
  test("IoU and Dice", () => {
    expect([iou(a, b), dice(a, b)]).toEqual([1 / 3, 1 / 2]);
  });
  test("both empty is 1, one empty is 0", () => {
    const empty = ascii("...");
    expect([iou(empty, empty), dice(empty, empty), iou(a, empty), dice(empty, a)]).toEqual([1, 1, 0, 0]);
  });
  test("ignored pixels count nowhere", () => {
    expect(overlap(a, b, ascii("#.."))).toEqual({ intersection: 1, union: 2 });
    expect([iou(a, b, ascii("###")), dice(a, b, ascii("###"))]).toEqual([1, 1]);
  });
  test("masks of different size are refused", () => {
    expect(() => iou(a, full3)).toThrow("mask: two masks differ in size; expected 3x1, got 3x3");
  });
});

describe("tight box", () => {
  test("both corners inclusive", () => {
    expect(tightBox(ascii("....", "..#.", "...."))).toEqual({ x0: 2, y0: 1, x1: 2, y1: 1 });
    expect(tightBox(ascii("...#", "....", ".#.."))).toEqual({ x0: 1, y0: 0, x1: 3, y1: 2 });
  });
  test("none for an empty mask", () => expect(tightBox(ascii("..", ".."))).toBeUndefined());
});

describe("distance transform", () => {
  test("the outside of the picture counts as not set", () => {
    expect([...squaredDistances(full3)]).toEqual([1, 1, 1, 1, 4, 1, 1, 1, 1]);
  });
  test("diagonal neighbours are at squared distance 2", () => {
    const mask = ascii(".####", "#####", "#####", "#####");
    expect(squaredDistances(mask)[1 * 5 + 1]).toBe(2);
  });
  test("ties go to the first pixel in row-major order", () => {
    expect(deepestPixel(ascii("....", ".##.", ".##."))).toEqual({ index: 5, squaredDistance: 1 });
    expect(deepestPixel(ascii("...#", "#..."))).toEqual({ index: 3, squaredDistance: 1 });
  });
  test("sides may be longer than 16 bits count, and runs than roots of 31 bits", () => {
    const tall = createMask(40, 70000);
    for (let y = 0; y < 70000; y++) setRun(tall, y, 0, 40);
    const distances = squaredDistances(tall);
    expect([65534, 65535, 65536].map((y) => distances[y * 40 + 19])).toEqual([400, 400, 400]);
    const wide = createMask(100000, 60);
    for (let y = 20; y < 40; y++) setRun(wide, y, 0, 100000);
    for (let y = 0; y < 60; y++) setRun(wide, y, 500, 503);
    expect(deepestPixel(wide).squaredDistance).toBe(104); // in the crossing
  });
  test("an empty mask gives pixel 0 at distance 0", () => {
    expect(deepestPixel(ascii("...", "..."))).toEqual({ index: 0, squaredDistance: 0 });
  });
  test("excluded pixels lose their own distance only, after the transform", () => {
    expect(deepestPixel(full3, ascii("...", ".#.", "..."))).toEqual({ index: 0, squaredDistance: 1 });
    expect(deepestPixel(full3, full3)).toEqual({ index: 0, squaredDistance: 0 });
    const wide = ascii("#####", "#####", "#####");
    expect(deepestPixel(wide)).toEqual({ index: 6, squaredDistance: 4 });
    expect(deepestPixel(wide, ascii(".....", ".##..", "....."))).toEqual({ index: 8, squaredDistance: 4 });
  });
});

describe("morphology and boundary", () => {
  const dot = ascii(".....", ".....", "..#..", ".....", ".....");
  test("erosion treats the border as background", () => {
    expect(draw(erode(full3, 1))).toEqual(["...", ".#.", "..."]);
    expect(isEmpty(erode(full3, 2))).toBe(true);
  });
  test("dilation by a square and by a disk", () => {
    expect(draw(dilateDisk(dot, 1))).toEqual([".....", "..#..", ".###.", "..#..", "....."]);
    expect(draw(dilateDisk(dot, 1.5))).toEqual([".....", ".###.", ".###.", ".###.", "....."]);
  });
  test("erosion by a disk", () => {
    const full5 = not(createMask(5, 5));
    expect(draw(erodeDisk(full5, 1))).toEqual([".....", ".###.", ".###.", ".###.", "....."]);
    expect(draw(erodeDisk(full5, 2))).toEqual([".....", ".....", "..#..", ".....", "....."]);
    expect(equals(erodeDisk(full5, 0.9), full5)).toBe(true);
  });
  test("nothing enters from outside, nothing leaves past the width", () => {
    expect(isEmpty(dilateDisk(createMask(33, 2), 5))).toBe(true);
    expect(area(dilateDisk(ascii("..#"), 40))).toBe(3);
  });
  test("radius 0 changes nothing", () => {
    for (const change of [erode, erodeDisk, dilateDisk]) expect(equals(change(dot, 0), dot)).toBe(true);
  });
  test("the inner boundary", () => {
    expect(draw(innerBoundary(full3, 1))).toEqual(["###", "#.#", "###"]);
    expect(draw(innerBoundary(dot, 3))).toEqual(draw(dot));
  });
  test("its width is rounded half to even, at least 1", () => {
    // Diagonals 800, 125 and 175: 16, 2.5 and 3.5.
    expect(boundaryDistance({ width: 640, height: 480 })).toBe(16);
    expect(boundaryDistance({ width: 75, height: 100 })).toBe(2);
    expect(boundaryDistance({ width: 105, height: 140 })).toBe(4);
    expect(boundaryDistance({ width: 1, height: 1 })).toBe(1);
  });
});
