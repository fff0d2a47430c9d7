/** Exit codes of the process. `tryAgain` (EX_TEMPFAIL of sysexits): the same command goes on; schedulers start it again by this number. */
export const exitCodes = {
  fine: 0,
  error: 1,
  usage: 2,
  tryAgain: 75,
  gate: 100,
  undecided: 101,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
