import { frozenSam3 } from "../frozen.ts";

/** SAM 3 as samexporter exports Meta's own code for X-AnyLabeling: masks are drawn in the graph, at the size that the decoder is told. */
export const sam3AnyLabeling = frozenSam3(
  {
    ...{ name: "sam3-anylabeling", title: "samexporter SAM 3" },
    summary: "SAM 3 with text as samexporter has it: phrases and boxes, only scores above 0.5, masks drawn",
  },
  "samexporter (X-AnyLabeling)",
  true,
);
