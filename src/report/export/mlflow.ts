import type { Exporter } from "./numbers.ts";
import { trackerFiles } from "./tracker.ts";

export const mlflow: Exporter = {
  summary: "metrics.json, pictures and a script that logs them to MLflow, an MLflow run for each model",
  next: (dir) => `python ${dir}/log_mlflow.py EXPERIMENT`,
  pictures: true,
  files: (input) => trackerFiles(input, { file: "log_mlflow.py", content: script }),
};

const script = `# Logs what lies beside this file to MLflow: python log_mlflow.py [EXPERIMENT]. MLFLOW_TRACKING_URI says where. Shares are fractions.
import json, pathlib, sys
import mlflow

here = pathlib.Path(__file__).parent
exported = json.loads((here / "metrics.json").read_text(encoding="utf-8"))
mlflow.set_experiment(sys.argv[1] if len(sys.argv) > 1 else "segbench")
for one in exported["runs"]:
    with mlflow.start_run(run_name=one["name"]):
        mlflow.set_tag("segbench.name", exported["name"])
        mlflow.log_params({key: str(value)[:500] for key, value in one["config"].items()})
        mlflow.log_metrics(one["metrics"])
        for curve in one["curves"]:
            for x, value in curve["points"]:
                mlflow.log_metric(curve["name"], value, step=int(x))
        mlflow.log_artifact(str(here / "metrics.json"))
        for picture in one["media"]:
            mlflow.log_artifact(str(here / picture["file"]), "examples")
`;
