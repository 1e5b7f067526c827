import type { ExecutionRequest } from '../../../functions/core/execution.ts';
import { requestOf } from '../../support/world.ts';
import { accountIdOf } from './traffic.ts';

/**
 * Requests for accounts from 0 up to a count, each account's one behind the other: so that a batch is of one account
 * as long as that account has enough of them, which is how SQS fills it where it can.
 *
 * @param each how many for each account
 */
export function backlogOf(accounts: number, each: number, receivedAtMs: number): ExecutionRequest[] {
  return Array.from({ length: accounts * each }, (_, number) => {
    const index = Math.floor(number / each);
    return requestOf(accountIdOf(index), {}, { strategyId: `strategy-${index}`, receivedAtMs });
  });
}
