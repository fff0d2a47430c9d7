// A model card for files whose contract is recognised.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { stringify } from "yaml";
import { checkSchema } from "../config/index.ts";
import { complain } from "../core/errors.ts";
import type { ModelCard } from "../core/schema-types.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { type Recognised, recogniseModel } from "../models/index.ts";
import type { Inspected } from "./inspect.ts";

type Roles = Readonly<Record<string, Inspected>>;

/** Writes what the files tell; everything else holds as the family has it. Refuses to replace a file. */
export async function writeCard(
  file: string,
  found: readonly Inspected[],
  family: string | undefined,
): Promise<void> {
  const path = resolve(file);
  const name = basename(path).replace(/\.ya?ml$/, "");
  if (!/\.ya?ml$/.test(path))
    throw complain({ where: file, what: "is no name for a card", expected: "NAME.yaml" });
  if (existsSync(path))
    throw complain({ where: file, what: "is there already", expected: "a file to be made" });
  const { roles, contract, image } = chosen(found, family);
  const card = {
    name,
    title: name,
    description: `Recognised as ${contract.family}: ${contract.why}.`,
    family: contract.family,
    files: Object.fromEntries(
      Object.entries(roles).map(([part, one]) => [part, fromFolder(dirname(path), one.file)]),
    ),
    ...(Object.keys(image).length === 0 ? {} : { image }),
  } as ModelCard;
  const [wrong] = checkSchema("model-card", card);
  if (wrong !== undefined)
    throw complain({
      ...{ where: file, what: `${wrong.path.join(".")}: ${wrong.what}` },
      ...(wrong.expected === undefined ? {} : { expected: wrong.expected }),
      ...(wrong.got === undefined ? {} : { got: wrong.got }),
    });
  await makeFolder(dirname(path));
  await writeFile(path, stringify(card, { lineWidth: 120 }), { flag: "wx" });
}

/** The files in the roles that a contract gives them, whatever their order. */
function chosen(found: readonly Inspected[], family: string | undefined) {
  const [first, second] = found;
  const orders: Roles[] =
    first === undefined || found.length > 2
      ? []
      : second === undefined
        ? [{ model: first }]
        : [
            { encoder: first, decoder: second },
            { encoder: second, decoder: first },
          ];
  const fits = orders.flatMap((roles) => {
    const { candidates, image } = recogniseModel(roles);
    return candidates
      .filter((one) => family === undefined || one.family === family)
      .map((contract) => ({ roles, contract, image }));
  });
  const where = found.map(({ file }) => file).join(", ");
  const [only, ...others] = fits;
  if (only === undefined)
    throw complain({
      where,
      what: "no card can be written: no contract fits these files together",
      expected: `an encoder and a decoder, or one file that does both${family === undefined ? "" : `, of family ${family}`}`,
    });
  if (others.length > 0)
    throw complain({
      where,
      what: "no card can be written: several contracts fit",
      expected: `--family with one of ${fits.map(({ contract }) => contract.family).join(", ")}`,
    });
  refuse(where, only.contract);
  return only;
}

function refuse(where: string, { family, refused }: Recognised): void {
  if (refused !== undefined)
    throw complain({ where, what: `no card can be written: ${family} cannot be run: ${refused}` });
}

function fromFolder(folder: string, file: string): string {
  return relative(folder, resolve(file)).split(sep).join("/");
}
