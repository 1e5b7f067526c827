import type { Ledger } from '../../../../functions/ledger/table.ts';

/** A circuit that environments share through a table. */
export interface CircuitPeer {
  readonly name: string;
  /** One execution environment: calls the venue if the circuit lets it. @returns whether it was let */
  environment(ledger: Ledger, opensAfter: number): (venue: () => Promise<void>) => Promise<boolean>;
  /** The failures that the table knows of. */
  countedFailures(ledger: Ledger): Promise<number>;
}

export const COOL_DOWN_SECONDS = 30;
export const WINDOW_SECONDS = 60;
