import { expect, test } from "vitest";
import { parsePattern } from "../../src/formats/pattern.ts";

const images = parsePattern("**/{set}/{image}_rgb.png", "card");
const labels = parsePattern("**/{set}/{image}_label.png", "card");

test("the folders of **/ go over into another pattern", () => {
  for (const [image, label] of [
    ["a/b/Ara/p1_rgb.png", "a/b/Ara/p1_label.png"],
    ["Ara/p1_rgb.PNG", "Ara/p1_label.png"],
  ] as const)
    expect(labels.fill(images.match(image)!)).toBe(label);
});

test("what is not known cannot be filled in, but can be named", () => {
  const pattern = parsePattern("**/gt/{image}.*", "card: adapter.images");
  expect(pattern.match("x/gt/cat.bmp")).toEqual({ __1: "x/", image: "cat" });
  expect(pattern.nameFor({ image: "cat" })).toBe("**/gt/cat.*");
  expect(() => pattern.fill({ __1: "", image: "cat" })).toThrow(
    "card: adapter.images: the pattern cannot be filled in; expected a value for *",
  );
});
