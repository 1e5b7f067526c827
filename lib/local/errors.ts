/** What kind of expected failure kept the local cloud from starting, or ended it. */
export type LocalCloudErrorCode =
  | 'already-running'
  | 'data-damaged'
  | 'data-unusable'
  | 'engine-failed'
  | 'engine-missing'
  | 'function-failed'
  | 'port-in-use'
  | 'stopped'
  | 'synthesis-failed'
  | 'unsupported';

/**
 * A failure that can be expected: its message is one sentence or two for the person at the terminal, who needs no
 * stack trace. Anything else that is thrown is a defect.
 */
export class LocalCloudError extends Error {
  override readonly name = 'LocalCloudError';
  readonly code: LocalCloudErrorCode;

  constructor(code: LocalCloudErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** The system's code of a failed call, such as `ENOENT`. */
export function systemCodeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
