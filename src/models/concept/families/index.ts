import type { ConceptFamily } from "../contract.ts";
import { clipseg } from "./clipseg.ts";
import { hfSam3 } from "./hf-sam3.ts";
import { sam3 } from "./sam3.ts";
import { sam3AnyLabeling } from "./sam3-anylabeling.ts";
import { sam3Osam } from "./sam3-osam.ts";
import { tinyConcept } from "./tiny-concept.ts";

/** Families of models of concepts by name, in the order in which they are listed and matched. */
export const conceptFamilies: Readonly<Record<string, ConceptFamily>> = {
  sam3,
  "hf-sam3": hfSam3,
  "sam3-osam": sam3Osam,
  "sam3-anylabeling": sam3AnyLabeling,
  clipseg,
  "tiny-concept": tinyConcept,
};
