// RLE and polygons by hand, and how damaged ones are refused.
import { describe, expect, test } from "vitest";
import { isEmpty } from "../../src/masks/bit-mask.ts";
import { maskFromPolygons } from "../../src/masks/polygon.ts";
import { decodeCounts, encodeCounts, maskFromRle, rleFromMask } from "../../src/masks/rle.ts";
import { ascii, draw } from "../helpers/ascii-mask.ts";

describe("run lengths", () => {
  test("go down the columns and begin with background", () => {
    expect(rleFromMask(ascii("##", ".."))).toEqual([0, 1, 1, 1, 1]);
    expect(rleFromMask(ascii(".#", "#."))).toEqual([1, 2, 1]);
    expect(rleFromMask(ascii("##", "##"))).toEqual([0, 4]);
    expect(rleFromMask(ascii("..", ".."))).toEqual([4]);
  });
  test("empty runs inside are read", () => {
    expect(draw(maskFromRle([1, 1, 0, 1, 1], { width: 2, height: 2 }, "a"))).toEqual([".#", "#."]);
  });
  test("damaged counts are refused", () => {
    const size = { width: 2, height: 2 };
    expect(() => maskFromRle([1, 2], size, "ann 7")).toThrow(
      "ann 7: run lengths do not add up to width x height; expected 4, got 3",
    );
    expect(() => maskFromRle([5, -1], size, "ann 7")).toThrow(
      "ann 7: a run length is not a whole number >= 0; got -1",
    );
    expect(() => maskFromRle([1.5, 2.5], size, "ann 7")).toThrow(
      "ann 7: a run length is not a whole number >= 0; got 1.5",
    );
    expect(() => maskFromRle([Number.NaN, 4], size, "ann 7")).toThrow("got NaN");
  });
});

describe("the compressed string", () => {
  test("both ways", () => {
    expect(encodeCounts([6, 1, 40, 4, 5])).toBe("61X13mN");
    expect(decodeCounts("61X13mN", "a")).toEqual([6, 1, 40, 4, 5]);
    expect([encodeCounts([]), decodeCounts("", "a")]).toEqual(["", []]);
  });
  test("damaged strings are refused", () => {
    expect(() => decodeCounts("61X", "ann 7")).toThrow(
      'ann 7: compressed RLE ends inside a count; got "61X"',
    );
    expect(() => decodeCounts("6 1", "ann 7")).toThrow(
      'ann 7: compressed RLE has a bad character at position 1; expected characters from "0" to "o", got " "',
    );
    expect(() => decodeCounts("oooooooo0", "ann 7")).toThrow(
      "ann 7: compressed RLE has a count that is too long",
    );
    expect(() => decodeCounts("M", "ann 7")).toThrow(
      "ann 7: compressed RLE has a negative run length; got -3",
    );
  });
});

describe("polygons", () => {
  test("a square on whole pixels", () => {
    const mask = maskFromPolygons([[1, 1, 3, 1, 3, 3, 1, 3]], 4, 4);
    expect(draw(mask)).toEqual(["....", ".##.", ".##.", "...."]);
  });
  test("a crossing fills by the even-odd rule, two polygons by union", () => {
    const square = [0, 0, 4, 0, 4, 4, 0, 4];
    const inner = [1, 1, 3, 1, 3, 3, 1, 3];
    expect(draw(maskFromPolygons([square, inner], 4, 4))).toEqual(["####", "####", "####", "####"]);
    const both = [...square, 0, 0, ...inner, 1, 1];
    expect(draw(maskFromPolygons([both], 4, 4))[2]).toBe("#..#");
  });
  test("points, lines and what lies outside set nothing", () => {
    for (const polygon of [[], [1, 1], [0, 0, 3, 3], [0, 0, 3, 0, 0, 0], [9, 9, 12, 9, 12, 12]]) {
      expect(isEmpty(maskFromPolygons([polygon], 4, 4))).toBe(true);
    }
    expect(isEmpty(maskFromPolygons([], 4, 4))).toBe(true);
  });
  test("coordinates that are no numbers are refused", () => {
    expect(() => maskFromPolygons([[0, 0, Number.NaN, 1, 2, 2]], 4, 4, "ann 7")).toThrow(
      "ann 7: a coordinate is out of range; expected a number from -1000000 to 1000000, got NaN",
    );
  });
});
