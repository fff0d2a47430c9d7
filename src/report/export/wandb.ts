import type { Exporter } from "./numbers.ts";
import { trackerFiles } from "./tracker.ts";

export const wandb: Exporter = {
  summary: "metrics.json, pictures and a script that logs them to Weights & Biases, a W&B run for each model",
  next: (dir) => `python ${dir}/log_wandb.py PROJECT`,
  pictures: true,
  files: (input) => trackerFiles(input, { file: "log_wandb.py", content: script }),
};

const script = `# Logs what lies beside this file to Weights & Biases: python log_wandb.py [PROJECT]. Shares are fractions.
import json, pathlib, sys
import wandb

here = pathlib.Path(__file__).parent
exported = json.loads((here / "metrics.json").read_text(encoding="utf-8"))
project = sys.argv[1] if len(sys.argv) > 1 else "segbench"
for one in exported["runs"]:
    with wandb.init(project=project, group=exported["name"], name=one["name"], config=one["config"]) as run:
        steps = {}
        for curve in one["curves"]:
            run.define_metric(curve["name"], step_metric=curve["axis"])
            for x, value in curve["points"]:
                steps.setdefault((curve["axis"], x), {})[curve["name"]] = value
        for (axis, x), values in steps.items():
            run.log({axis: x, **values})
        pictures = [[wandb.Image(str(here / each["file"])), each["caption"]] for each in one["media"]]
        run.log({"numbers": wandb.Table(**one["table"]), "examples": wandb.Table(columns=["picture", "caption"], data=pictures)})
        run.summary.update(one["metrics"])
`;
