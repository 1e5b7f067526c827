import type { ClientOrderIdGuarantee } from '../../core/configuration.ts';
import { assertNever } from '../../core/errors.ts';
import type { BrokerOrder } from '../broker.ts';
import { isOpen } from './market.ts';

/** For how long after its acceptance an id is not accepted again by a venue that guarantees `WINDOW`. */
export const UNIQUE_FOR_MS = 60_000;

/**
 * Whether a client order id stands for an order that exists already, so that placing it (again) returns that order
 * and makes no other.
 *
 * @param latest the last order that was accepted with the id
 */
export function isTaken(guarantee: ClientOrderIdGuarantee, latest: BrokerOrder, nowMs: number): boolean {
  switch (guarantee) {
    case 'PERMANENT':
      return true;
    case 'OPEN_ONLY':
      return isOpen(latest);
    case 'WINDOW':
      return nowMs - latest.createdAtMs < UNIQUE_FOR_MS;
    case 'LOOKUP_ONLY':
    case 'NONE':
      return false;
    default:
      return assertNever(guarantee);
  }
}
