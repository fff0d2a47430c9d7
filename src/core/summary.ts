// What statistics say about a run, computed from rows alone: every writer is made from this and nothing else. Typed by
// schemas/summary.schema.json.
export type {
  BenchmarkNote,
  BucketValues,
  CategoryBucket,
  Cell,
  DomainSummary,
  Estimate,
  ProtocolNote,
  SizeBucket,
  Suite,
  SuiteEstimate,
  Summary,
  TargetCounts as Counts,
} from "./schema-types.ts";
