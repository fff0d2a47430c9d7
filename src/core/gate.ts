// What a gate found. The limits themselves are a file: schemas/gate.schema.json.

/** One limit at one place. */
export interface GateCheck {
  /** "sam1-d1@1 iou@1 on trashcan". */
  readonly where: string;
  /** "difference". */
  readonly what: string;
  /** "at least -0.5 points". */
  readonly limit: string;
  /** "-1.3 points (71.2 -> 69.9)". */
  readonly got: string;
  readonly passed: boolean;
}

export interface GateResult {
  readonly name: string;
  readonly passed: boolean;
  readonly checks: readonly GateCheck[];
}
