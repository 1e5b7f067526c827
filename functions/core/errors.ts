/**
 * What the caller of a failed operation may do.
 *
 * - `retry`: nothing happened, or repeating is harmless; try again later
 * - `terminal`: it will fail again the same way
 * - `reconcile`: it may have happened; find out before doing anything else
 */
export type Disposition = 'retry' | 'terminal' | 'reconcile';

/** What Onefill throws: always with a stable code and a disposition. Expected outcomes are returned instead. */
export class OnefillError extends Error {
  readonly code: string;
  readonly disposition: Disposition;

  constructor(code: string, disposition: Disposition, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OnefillError';
    this.code = code;
    this.disposition = disposition;
  }
}

/** Marks a switch as complete: a new member of a union fails the type check where it is not handled. */
export function assertNever(value: never): never {
  throw new OnefillError('UNREACHABLE', 'terminal', `Unexpected value: ${JSON.stringify(value)}`);
}
