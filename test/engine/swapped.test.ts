import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { Dialect } from '../../functions/core/signal.ts';
import { signalOf } from '../ingest/signal-case.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { createTrader } from '../support/trader.ts';
import { stateOf } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** An order as each platform tells of it: the side, how much, and the position that is left. */
type Alert = readonly [side: 'buy' | 'sell', quantity: number, left: 'long' | 'short' | 'flat'];

const MESSAGES: Readonly<Partial<Record<Dialect, (alert: Alert) => object>>> = {
  tradingview: ([action, contracts, marketPosition]) => ({
    ...{ ticker: 'MNQM5', action, contracts, marketPosition, price: 100 },
    // One message for all orders of the strategy.
    stopLoss: { percent: 5 },
  }),
  traderspost: ([action, quantity, sentiment]) => ({
    ...{ ticker: 'MNQM5', action, quantity, sentiment, price: 100 },
    stopLoss: { type: 'stop', percent: 5 },
  }),
  '3commas': ([action, amount, market_position]) => ({
    ...{ tv_instrument: 'MNQM5', action, trigger_price: '100', strategy_info: { market_position } },
    order: { amount, currency_type: 'base' },
  }),
};

const CLOSE_SHORT: Alert = ['buy', 1, 'flat'];
const CLOSE_LONG: Alert = ['sell', 1, 'flat'];
const OPEN_LONG: Alert = ['buy', 1, 'long'];
const OPEN_SHORT: Alert = ['sell', 1, 'short'];
const MORE_LONG: Alert = ['buy', 2, 'long'];
const LESS_LONG: Alert = ['sell', 1, 'long'];
const LESS_SHORT: Alert = ['buy', 1, 'short'];

/** Bug 3 of other systems: a close and an open, sent 350 ms apart, that arrive in the wrong order. */
it.each(
  (Object.keys(MESSAGES) as Dialect[]).flatMap((dialect) =>
    (
      [
        [-1, [OPEN_LONG, CLOSE_SHORT], 1],
        [1, [OPEN_SHORT, CLOSE_LONG], -1],
        [0, [LESS_LONG, MORE_LONG], 1],
        [0, [LESS_SHORT, OPEN_SHORT], -1],
        [0, [CLOSE_LONG, OPEN_LONG], 1],
        [0, [CLOSE_SHORT, OPEN_SHORT], -1],
      ] as const
    ).map(([held, alerts, meant]) => [dialect, held, alerts, meant] as const),
  ),
)('%s: from %i, %j leave nothing on the side that nobody meant', async (dialect, held, alerts, meant) => {
  const { accountId, signal, clock } = await createTrader(store.ledger, { strategy: { allowShort: true } });
  if (held !== 0) {
    await signal({ action: held > 0 ? 'buy' : 'sell', quantity: decimal(1) });
  }
  for (const alert of alerts) {
    clock.advance(350);
    await signal(signalOf(MESSAGES[dialect]?.(alert), clock.now(), dialect));
    const { quantity } = await stateOf(store.ledger, accountId);
    expect([0, Math.sign(held), meant], alert.join(' ')).toContain(Math.sign(Number(quantity)));
  }
  const { quantity } = await stateOf(store.ledger, accountId);
  expect([0, meant]).toContain(Math.sign(Number(quantity)));
});
