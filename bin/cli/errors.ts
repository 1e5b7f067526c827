/** What a command ends with, for scripts. */
export const EXIT = {
  done: 0,
  /** It was carried out, and its result is not what was asked for. */
  failed: 1,
  /** The command line is wrong; nothing was sent. */
  usage: 2,
  /** The API refused it. */
  refused: 3,
  /** Nothing answers, or it cannot be served now. */
  unreachable: 4,
} as const;

/** What ends a command: told in one line, without a stack trace. The message holds no secret. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong; the message says how, for the person who wrote it. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(EXIT.usage, message);
  }
}

/** The command did its work, and not all of it succeeded. */
export class FailedError extends CommandError {
  constructor(message: string) {
    super(EXIT.failed, message);
  }
}

/** Nothing answers, what answers is not Onefill, or Onefill cannot serve now. What was sent may have been done. */
export class UnreachableError extends CommandError {
  constructor(message: string) {
    super(EXIT.unreachable, message);
  }
}

/** The API's answer was a refusal. */
export class RefusedError extends CommandError {
  readonly status: number;
  /** The API's stable name for it, such as `NOT_FOUND`. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(EXIT.refused, message);
    this.status = status;
    this.code = code;
  }
}
