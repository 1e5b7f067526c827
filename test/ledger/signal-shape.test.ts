import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { decimal } from '../../functions/core/decimal.ts';
import type { ComputedSizing, Signal } from '../../functions/core/signal.ts';
import { signalShape } from '../../functions/ledger/shapes/signal.ts';

const SIZINGS: readonly ComputedSizing[] = [
  { type: 'cash', amount: decimal('2500.5') },
  { type: 'riskAmount', amount: decimal(100) },
  { type: 'percentOfEquity', percent: decimal(150) },
];

// A field that the shape does not know is dropped: the execution would trade another quantity, or none.
test.each(SIZINGS)(
  'a signal that wants its quantity computed by $type still does after the queue',
  (sizing) => {
    const signal: Signal = { symbol: 'MNQ1!', action: 'long', sizing, timeInForce: 'day' };
    expect(z.parse(signalShape, JSON.parse(JSON.stringify(signal)))).toEqual(signal);
  },
);

test.each([{ type: 'cash' }, { type: 'percentOfEquity', amount: '5' }, { type: 'shares', amount: '5' }])(
  'a stored sizing of %j is no sizing',
  (sizing) => {
    const signal = { symbol: 'MNQ1!', action: 'long', sizing, timeInForce: 'day' };
    expect(z.safeParse(signalShape, signal).success).toBe(false);
  },
);
