import { frozenSam3 } from "../frozen.ts";

/** SAM 3 as wkentaro exports Meta's own code for osam: mask probabilities at the decoder's resolution. */
export const sam3Osam = frozenSam3(
  {
    ...{ name: "sam3-osam", title: "osam SAM 3" },
    summary: "SAM 3 with text as osam has it: phrases and one box, only scores above 0.5",
  },
  "osam (wkentaro/sam3-onnx)",
  false,
);
