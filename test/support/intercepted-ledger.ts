import type { Ledger } from '../../functions/ledger/table.ts';

/** Stands between a test's subject and the store: makes the call, or not, or something else before or after it. */
export type LedgerIntercept = (call: () => Promise<unknown>, commandName: string) => Promise<unknown>;

/** A ledger of which every call goes through a test's hands. */
export function intercepted(ledger: Ledger, intercept: LedgerIntercept): Ledger {
  const client = new Proxy(ledger.client, {
    get: (target, property) =>
      property === 'send'
        ? (command: Parameters<typeof target.send>[0]) =>
            intercept(() => target.send(command), command.constructor.name)
        : Reflect.get(target, property),
  });
  return { ...ledger, client };
}
