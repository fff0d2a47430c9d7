// The registry of roads to other tools that take numbers and pictures.
import { dvc } from "./dvc.ts";
import { huggingFace } from "./huggingface.ts";
import { mlflow } from "./mlflow.ts";
import type { Exporter } from "./numbers.ts";
import { wandb } from "./wandb.ts";

export const exporters: Readonly<Record<string, Exporter>> = { huggingface: huggingFace, dvc, wandb, mlflow };

export { fiftyOneLine, fiftyOneScript } from "./fiftyone.ts";
export {
  type ExportedPicture,
  type ExportFile,
  type ExportInput,
  numbersOfComparison,
  numbersOfRun,
  slug,
  type Wanted,
} from "./numbers.ts";
