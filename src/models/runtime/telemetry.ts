// onnxruntime-node 1.30 brings its vendor's telemetry to Linux and macOS, on by default: a look-up of an event collector, and files in
// the home and the temporary folder. It is switched off here, the one place that writes to the environment of the process.
import { isMainThread } from "node:worker_threads";

const variable = "ORT_DISABLE_TELEMETRY";
let warned = false;

/**
 * Before the runtime is loaded, and before the first thread or child that loads it: all of them inherit it. What the user set
 * stays. In a thread of somebody else the environment is a copy, which native code does not see: then Node's own channel warns.
 */
export function withoutTelemetry(): void {
  process.env[variable] ??= "1";
  if (isMainThread || warned || seenByNativeCode()) return;
  warned = true;
  process.emitWarning(
    `segbench cannot switch off onnxruntime's telemetry from a worker thread: it may look up its vendor's server and write to the home and temporary folder. Set ${variable}=1 on the main thread before this thread starts`,
    { type: "SegbenchWarning", code: "SEGBENCH_TELEMETRY" },
  );
}

/** A diagnostic report has the environment of the process itself. */
function seenByNativeCode(): boolean {
  const report: { excludeNetwork?: boolean; getReport(): object } = process.report;
  const before = report.excludeNetwork;
  // Without it names are looked up for the report.
  report.excludeNetwork = true;
  try {
    const { environmentVariables = {} } = report.getReport() as { environmentVariables?: object };
    return variable in environmentVariables;
  } finally {
    report.excludeNetwork = before ?? false;
  }
}
