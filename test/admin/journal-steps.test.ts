import { expect, test } from 'vitest';
import { journalSteps } from '../../functions/admin/journal-steps.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { clientOrderIdOf } from '../../functions/core/ids.ts';
import type { OrderStatus } from '../../functions/core/order.ts';
import type { AccountState, Intent } from '../../functions/ledger/shapes/account.ts';
import { executionId, order, START_MS, WEBHOOK } from './records-support.ts';

const ID = executionId(0, 'one');
const earlier = clientOrderIdOf(executionId(-1, 'one'), 'stop-loss');
const stopLoss = { type: 'price' as const, price: decimal(9) };
const turnedBack = { code: 'PROTECTION_REFUSED', message: 'The venue refused the stop-loss.' };
const entry = (status: OrderStatus) => order(ID, { status });
const leg = (status: OrderStatus) => order(ID, { leg: 'stop-loss', side: 'sell', status });
const flatten = (status: OrderStatus) => order(ID, { leg: 'flatten', side: 'sell', status });

const OPEN: AccountState['openOrders'] = {
  [earlier]: { executionId: ID, order: order(ID, { status: 'NEW' }) },
};

type Row = readonly [string, Partial<Intent> | undefined, AccountState['openOrders'], string];

test.each<Row>([
  ['that is deciding', undefined, {}, 'reserve RUNNING'],
  ['that sends', { orders: [entry('SENDING')] }, {}, 'reserve COMPLETED, place RUNNING, settle PENDING'],
  [
    'that clears',
    { orders: [entry('INTENT')], cancels: [earlier] },
    OPEN,
    'reserve COMPLETED, clear RUNNING, place PENDING, settle PENDING',
  ],
  [
    'that has cleared',
    { orders: [entry('SENDING')], cancels: [earlier] },
    {},
    'reserve COMPLETED, clear COMPLETED, place RUNNING, settle PENDING',
  ],
  [
    'that is to protect',
    { orders: [entry('SENDING')], stopLoss },
    {},
    'reserve COMPLETED, place RUNNING, protect PENDING, settle PENDING',
  ],
  [
    'that protects',
    { orders: [entry('FILLED'), leg('SENDING')], stopLoss },
    {},
    'reserve COMPLETED, place COMPLETED, protect RUNNING, settle PENDING',
  ],
  [
    'that has protected',
    { orders: [entry('FILLED'), leg('NEW')], stopLoss },
    {},
    'reserve COMPLETED, place COMPLETED, protect COMPLETED, settle RUNNING',
  ],
  [
    'that was refused',
    { orders: [entry('REJECTED')], stopLoss },
    {},
    'reserve COMPLETED, place FAILED, settle RUNNING',
  ],
  [
    'that turned back',
    { orders: [entry('FILLED'), leg('NEW')], stopLoss, turnedBack },
    {},
    'reserve COMPLETED, place COMPLETED, protect COMPLETED, cancel RUNNING, settle PENDING',
  ],
  [
    'that flattens',
    {
      orders: [entry('FILLED'), leg('REJECTED'), flatten('SENDING')],
      stopLoss,
      turnedBack,
      cleanup: ['halt-account'],
    },
    {},
    'reserve COMPLETED, place COMPLETED, protect FAILED, cancel COMPLETED, flatten RUNNING, cleanup PENDING, settle PENDING',
  ],
  [
    'that cleans up',
    {
      ...{ orders: [entry('FILLED'), flatten('FILLED')], stopLoss, turnedBack, cleanedUp: 1 },
      cleanup: ['flatten-symbol', 'halt-account'],
    },
    {},
    'reserve COMPLETED, place COMPLETED, protect FAILED, cancel COMPLETED, flatten COMPLETED, cleanup COMPLETED, cleanup RUNNING, settle PENDING',
  ],
])('an execution %s', (_, part, openOrders, expected) => {
  const active = {
    ...{ executionId: ID, webhookId: WEBHOOK, correlationId: 'correlation' },
    ...{ receivedAtMs: START_MS, startedAtMs: START_MS, expiresAtMs: START_MS },
    ...(part ? { intent: { fencingToken: 1, orders: [], ...part } } : {}),
  };
  const steps = journalSteps(active, openOrders);
  expect(steps.map(({ name, status }) => `${name} ${status}`).join(', ')).toBe(expected);
});
