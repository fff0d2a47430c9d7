import type { ConceptFamily } from "../contract.ts";
import { hfSam3 } from "./hf-sam3.ts";
import { sam3 } from "./sam3.ts";
import { tinyConcept } from "./tiny-concept.ts";

/** Families of models of concepts by name, in the order in which they are listed and matched. */
export const conceptFamilies: Readonly<Record<string, ConceptFamily>> = {
  sam3,
  "hf-sam3": hfSam3,
  "tiny-concept": tinyConcept,
};
