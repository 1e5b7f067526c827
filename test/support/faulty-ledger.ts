import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Ledger } from '../../functions/ledger/table.ts';

/**
 * What happens at one call to the store:
 *
 * - `dies-before`: the process dies before the call is sent
 * - `dies-after`: the call takes effect, and the process dies before it sees the answer
 * - `loses-answer`: the call takes effect, its answer is lost, and the process lives to see an error
 * - `fails`: the call takes no effect, and the process lives to see an error
 */
export const FAULTS = ['dies-before', 'dies-after', 'loses-answer', 'fails'] as const;
export type Fault = (typeof FAULTS)[number];

/** A ledger whose nth call meets a fault; it counts the calls, so that tests enumerate them by themselves. */
export interface FaultyLedger {
  readonly ledger: Ledger;
  readonly calls: () => number;
  readonly isDead: () => boolean;
}

/** The store is out of reach, as the caller sees it. */
export class StoreFault extends Error {}

/**
 * Wraps a ledger so that call number `at` (from 1; 0 for none) meets the fault. A dead process makes no more calls, and
 * those that it made before have taken effect, so that the same death leaves the same on every machine.
 */
export function faultyLedger(ledger: Ledger, at: number, fault: Fault): FaultyLedger {
  let calls = 0;
  let dead = false;
  const inFlight: Promise<unknown>[] = [];
  const pass = (command: unknown): Promise<unknown> => {
    const answer = ledger.client.send(command as Parameters<DynamoDBDocumentClient['send']>[0]);
    inFlight.push(answer);
    return answer;
  };
  const send = async (command: unknown): Promise<unknown> => {
    if (dead) {
      throw new StoreFault('The process is dead.');
    }
    calls += 1;
    if (calls !== at) {
      return pass(command);
    }
    dead = fault.startsWith('dies');
    if (fault === 'dies-after' || fault === 'loses-answer') {
      pass(command).catch(() => undefined);
    }
    await Promise.allSettled(inFlight);
    throw new StoreFault(`Call ${at}: ${fault}.`);
  };
  const client = new Proxy(ledger.client, {
    get: (target, property) => (property === 'send' ? send : Reflect.get(target, property)),
  });
  return { ledger: { ...ledger, client }, calls: () => calls, isDead: () => dead };
}
