/** Exit codes of the process. */
export const exitCodes = { fine: 0, error: 1, usage: 2, gate: 100, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
