import { metrics } from "../../src/metrics/index.ts";
import { metricContract } from "../contracts/metric.ts";
import { ascii } from "../helpers/ascii-mask.ts";
import { shape } from "../masks/cases.ts";

const masks = {
  "a blob": shape(1, 40, 30, 7),
  "one pixel": ascii("...", "..#", "..."),
  "a frame": ascii("####", "#..#", "####"),
};

for (const metric of Object.values(metrics)) metricContract(metric, masks);
