// Rectangles as tools write them against pycocotools, and XML against lxml (scripts/oracle/datasets_drawn.py).
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { DatasetCard } from "../../src/core/schema-types.ts";
import { openDataset } from "../../src/datasets/index.ts";
import { readXml } from "../../src/formats/xml-file.ts";
import { toBytes } from "../../src/masks/bit-mask.ts";
import { makeFolder } from "../formats/fixture.ts";
import { held, readOracle } from "../helpers/oracle.ts";
import { gray } from "../helpers/synthetic.ts";
import { smallest } from "./drawn-files.ts";

interface Drawn {
  readonly kind: "rectangle" | "rotation" | "oriented_bbox";
  readonly points: readonly (readonly [number, number])[];
  readonly angle?: number;
  readonly fact: readonly [area: number, digest: string];
}
const { width, height, shapes, xml } = readOracle<{
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Drawn[];
  readonly xml: readonly { readonly base64: string; readonly read: readonly [string, string] | null }[];
}>("datasets/drawn");

const writers = {
  labelme: {
    kinds: ["rectangle", "rotation"],
    files: (given: readonly Drawn[]) => ({
      "a.json": {
        imagePath: "a.png",
        shapes: given.map(({ kind, points }) => ({ label: "x", points, shape_type: kind })),
      },
    }),
    picture: "a.png",
  },
  supervisely: {
    kinds: ["rectangle", "oriented_bbox"],
    files: (given: readonly Drawn[]) => ({
      "p/d/ann/a.png.json": {
        objects: given.map(({ kind, points, angle }, id) => ({
          id,
          geometryType: kind,
          // The server's exports have oriented boxes in both ways.
          points: kind === "rectangle" || id % 2 === 0 ? { exterior: points, interior: [] } : points,
          angle,
        })),
      },
    }),
    picture: "p/d/img/a.png",
  },
} as const;

test.each(["labelme", "supervisely"] as const)("rectangles of two and four corners: %s", async (format) => {
  const { kinds, files, picture } = writers[format];
  const given = shapes.filter(({ kind }) => (kinds as readonly string[]).includes(kind));
  const png = await gray(Buffer.alloc(width * height), width, height).toBuffer();
  const folder = makeFolder({ [picture]: png, ...files(given) });
  try {
    const card = { name: "mini", adapter: smallest[format].adapter } as DatasetCard;
    const [ref] = await openDataset(card, folder.root).list();
    const found = (await ref!.load()).targets.map((target) => {
      if (target.status !== "ok") return target.reason;
      const bytes = toBytes(target.mask);
      const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
      return [bytes.reduce((sum, value) => sum + value, 0), digest];
    });
    expect(given.length).toBeGreaterThanOrEqual(54);
    expect(found).toEqual(given.map(({ fact }) => fact));
    held("datasets/drawn", given.length);
  } finally {
    folder.remove();
  }
});

test("XML in every encoding, and what is none", async () => {
  const found = await Promise.all(
    xml.map(async ({ base64 }) => {
      const bytes = Buffer.from(base64, "base64");
      try {
        const { attributes, children } = await readXml({ root: "", name: "a.xml", bytes });
        return [attributes.n, children.map(({ text }) => text).join("")];
      } catch (error) {
        return /^a\.xml(?:, line \d+(?:, column \d+)?)?: [^;]*; (?:expected|got) /.test(
          (error as Error).message,
        )
          ? null
          : error;
      }
    }),
  );
  expect(found).toEqual(xml.map(({ read }) => read));
  expect(xml.filter(({ read }) => read === null).length).toBeGreaterThanOrEqual(12);
});

test("entities of a file's own are never expanded", async () => {
  const names = Array.from({ length: 12 }, (_, i) => `l${i}`);
  const laughs = names.map((name, i) => `<!ENTITY ${name} "${i === 0 ? "ha" : `&l${i - 1};`.repeat(10)}">`);
  const bytes = Buffer.from(`<!DOCTYPE a [${laughs.join("")}]><a n="&l11;"/>`);
  await expect(readXml({ root: "", name: "a.xml", bytes })).rejects.toThrow(
    "a.xml: the file declares entities of its own, which are not expanded; expected XML without <!ENTITY",
  );
});
