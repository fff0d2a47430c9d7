import { listCards } from "../config/index.ts";
import type { DatasetCard } from "../core/schema-types.ts";
import { textTable } from "../report/table.ts";
import { dataFolder, holdsData, rootOf, shownPath } from "../run/data-folder.ts";

/** One line of the list; with --json it also holds the whole card. */
type Listed =
  | { readonly name: string; readonly problems: number }
  | {
      readonly name: string;
      readonly present: boolean;
      readonly pullable: boolean;
      readonly root: string;
      readonly card: DatasetCard;
    };

/** `segbench list benchmarks`: every card, and whether its data are there. */
export async function listBenchmarks(flags: {
  readonly data?: string;
  readonly json?: boolean;
}): Promise<string> {
  const data = dataFolder(flags.data);
  const found = await listCards("benchmark", { cwd: process.cwd(), env: process.env });
  const listed = found.map(({ name, value: card, problems }): Listed => {
    if (card === undefined) return { name, problems: problems.length };
    const root = rootOf(card, data);
    return { name, present: holdsData(root, card), pullable: card.download !== undefined, root, card };
  });
  if (flags.json === true) return JSON.stringify(listed, undefined, 2);
  const width = process.stdout.columns ?? 120;
  const present = listed.filter((one) => "card" in one && one.present).length;
  return [
    ...textTable({ columns, rows: listed.map(rowOf) }, width),
    "",
    `${listed.length} benchmarks, ${present} of them in ${shownPath(data)}. Images and masks are those of the full split.`,
    "pull: segbench pull NAME fetches it; else segbench init data says where to get it.",
  ].join("\n");
}

const columns = [
  { title: "name", align: "left" },
  { title: "domain", align: "left" },
  { title: "mask", align: "left" },
  { title: "images", align: "right" },
  { title: "masks", align: "right" },
  { title: "licence", align: "left" },
  { title: "data", align: "left" },
  { title: "pull", align: "left" },
] as const;

const longestLicence = 28;

function rowOf(one: Listed): readonly string[] {
  if (!("card" in one)) return [one.name, `not valid: ${one.problems} problems`];
  const { domain, maskType, expected, licence } = one.card;
  const number = (value: number | undefined) => (value === undefined ? "?" : String(value));
  const short =
    licence.length > longestLicence ? `${licence.slice(0, longestLicence - 1).trimEnd()}…` : licence;
  return [
    ...[one.name, domain.join(", "), maskType, number(expected?.images), number(expected?.masks), short],
    ...[one.present ? "present" : "absent", one.pullable ? "yes" : "no"],
  ];
}
