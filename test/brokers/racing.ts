import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Ledger } from '../../functions/ledger/table.ts';
import { intercepted } from './support.ts';

/** A ledger whose first writes wait for each other: all of their decisions were made on the same state. */
export function meetingBeforeWriting(ledger: Ledger, writers: number): Ledger {
  let waiting = 0;
  const all = Promise.withResolvers<void>();
  return intercepted(ledger, async (command, send) => {
    if (command instanceof TransactWriteCommand && waiting < writers) {
      waiting += 1;
      if (waiting === writers) {
        all.resolve();
      }
      await all.promise;
    }
    return send(command);
  });
}

/** A ledger whose first write waits: what was decided is overtaken by whatever happens until it is resumed. */
export function pausingBeforeWriting(ledger: Ledger) {
  const [paused, resumed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const pausing = intercepted(ledger, async (command, send) => {
    if (command instanceof TransactWriteCommand) {
      paused.resolve();
      await resumed.promise;
    }
    return send(command);
  });
  return { ledger: pausing, paused: paused.promise, resume: () => resumed.resolve() };
}
