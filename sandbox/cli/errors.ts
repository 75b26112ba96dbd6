/** What a person can mend: shown without a stack. */
export class CommandError extends Error {
  readonly exitCode: 1 | 2;

  /** @param exitCode 2 if the command itself is wrong, 1 if it could not be done */
  constructor(message: string, exitCode: 1 | 2 = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The error for an answer of the control API that is none of 2xx. */
export function refusedBecause(answer: unknown): CommandError {
  const said = typeof answer === 'object' && answer !== null && 'message' in answer ? answer.message : answer;
  return new CommandError(typeof said === 'string' ? said : JSON.stringify(said), 1);
}
