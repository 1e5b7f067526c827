/** What a halt stops: every order of signals, or only those that open or enlarge a position. */
export const HALT_SCOPES = ['all', 'entries'] as const;
export type HaltScope = (typeof HALT_SCOPES)[number];

/** Who halts an account without being asked: when a rollback could not finish, or positions drifted. */
export const ONEFILL = 'onefill';

/** A kill switch that was thrown, on an account, a strategy or everything. It holds until somebody lifts it. */
export interface Halt {
  readonly scope: HaltScope;
  /** Why, in words for a person. */
  readonly reason: string;
  /** The operator's token id, or {@link ONEFILL}. */
  readonly haltedBy: string;
  /** Milliseconds since the epoch. */
  readonly haltedAtMs: number;
}

/** The halt that stops an order, if any of those in force does. */
export function haltThatStops(
  halts: readonly (Halt | undefined)[],
  order: { readonly reduceOnly: boolean },
): Halt | undefined {
  return halts.find((halt) => halt?.scope === 'all' || (halt?.scope === 'entries' && !order.reduceOnly));
}
