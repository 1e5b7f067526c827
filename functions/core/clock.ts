/** Where the time comes from. Domain code and the engine never ask the system clock themselves. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}

/** A time in the form every answer and record of Onefill uses: ISO 8601, UTC, milliseconds. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
