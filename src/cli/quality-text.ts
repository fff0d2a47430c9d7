// What `inspect` prints of masks that a generator made.
import { inWords, plural } from "../core/words.ts";
import { listTable } from "../report/kit/table.ts";
import { type Screen, textTable } from "../report/kit/text-table.ts";
import type { MaskQuality } from "../run/inspect/masks.ts";

/** Faults that are named one by one. */
const NAMED = 20;
const line = (what: string, text: string) => `  ${what.padEnd(12)}${text}`;
const columns = [
  { title: "check", align: "left" },
  { title: "expected", align: "left" },
  { title: "faults", align: "right" },
  { title: "images", align: "right" },
] as const;

/** What the masks are like, a line for each check, and the faults by image and mask. */
export function qualityText(quality: MaskQuality, screen: Screen): string {
  const { protocol, images, looked, faults } = quality;
  const sum = (of: (one: (typeof looked)[number]) => number) =>
    looked.reduce((total, one) => total + of(one), 0);
  const counts = looked.map(({ masks }) => masks);
  const masks = sum((one) => one.masks);
  const all = images === looked.length ? plural(images, "image") : `${looked.length} of ${images} images`;
  const range = `${Math.min(...counts)} to ${Math.max(...counts)}`;
  const [clicked, covered] = [sum((one) => one.clicked), sum((one) => one.covered)];
  const [span, count] = [sum(({ boxes }) => boxes.span), sum(({ boxes }) => boxes.count)];
  const shares = looked.reduce((total, one) => total + one.covered / one.pixels, 0) / looked.length;
  const about =
    looked.length === 0
      ? []
      : [
          line("masks", `${masks}; ${(masks / looked.length).toFixed(1)} an image, ${range}`),
          line(
            "covered",
            `${percent(shares)} of an image; there ${(sum((one) => one.summed) / Math.max(1, covered)).toFixed(2)} masks deep, at most ${Math.max(...looked.map((one) => one.deepest))}`,
          ),
          ...(clicked === 0
            ? []
            : [
                line(
                  "clicks",
                  `in their mask: ${percent(sum((one) => one.holding) / clicked)} (not promised)`,
                ),
              ]),
          line("boxes", boxesText(span, count)),
        ];
  const rows = expectations(quality).map(([name, checks, expected]) => {
    const own = faults.filter(({ check }) => checks.includes(check));
    return [name, expected, String(own.length), String(new Set(own.map(({ image }) => image)).size)];
  });
  const named = faults
    .slice(0, NAMED)
    .map(({ image, mask, what }) => `  ${image}${mask === undefined ? "" : `, mask ${mask}`}: ${what}`);
  const more = faults.length - named.length;
  return [
    `masks of ${all}, checked as made with ${protocol}`,
    ...about,
    "",
    ...textTable(listTable(columns, rows), screen),
    ...(named.length === 0 ? [] : ["", "faults:", ...named]),
    ...(more > 0 ? [`  and ${more} more; --json lists all`] : []),
    ...(images > looked.length + faults.filter(({ mask }) => mask === undefined).length
      ? ["", "--full checks every image"]
      : []),
  ].join("\n");
}

type Check = MaskQuality["faults"][number]["check"];

/** What is checked, and what is expected by the settings. */
function expectations(quality: MaskQuality): readonly (readonly [string, readonly Check[], string])[] {
  const { predictedIou, stability, largest, smallRegions, nms } = quality.limits;
  const off = "not filtered";
  const filled = quality.generator.largest < 1 ? "holes are filled later" : off;
  return [
    ["readable, of the image's size", ["read", "size"], "all"],
    ["predicted IoU", ["predicted"], predictedIou > 0 ? `> ${predictedIou}` : off],
    ["stability", ["stability"], stability > 0 ? `>= ${stability}` : off],
    ["share of the image", ["large"], largest < 1 ? `< ${largest}` : filled],
    [
      "islands and holes",
      ["island", "hole"],
      smallRegions > 0 ? `none below ${smallRegions} px` : "not cleaned",
    ],
    ["area", ["area"], "pixels of the mask"],
    ["bbox", ["box"], "tight"],
    ["box IoU of two of a crop", ["overlap"], `<= ${nms}`],
    ["inner edge of a crop", ["edge"], quality.generator.cropLayers > 0 ? "> 20 px away" : "no crops"],
  ];
}

function boxesText(span: number, count: number): string {
  const parts = [
    ...(count > 0 ? [`${count} of width last - first column + 1 (COCO's)`] : []),
    ...(span > 0 ? [`${span} of width last - first column (the generator's own)`] : []),
  ];
  return parts.length === 0 ? "none is tight" : `tight: ${inWords(parts)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
