import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { decimal } from '../../functions/core/decimal.ts';
import { type Trade, waitingTrade } from '../../functions/core/trade.ts';
import { storedTrades, tradesShape } from '../../functions/ledger/shapes/trade.ts';
import { EXECUTION_ID } from '../core/order-of.ts';

const WAITING = waitingTrade({ executionId: EXECUTION_ID, symbol: 'MNQM5', side: 'buy' });
const STOP = { stopLoss: { type: 'percent', percent: decimal(1) } } as const;
const OPENED: Trade = {
  ...WAITING,
  openedQuantity: decimal(2),
  openQuantity: decimal(2),
  entryPrice: decimal(100),
  openedAtMs: 1_795_341_600_000,
};

describe('trades in the account item', () => {
  it.each<[string, Trade]>([
    ['waits', WAITING],
    ['waits with protection', { ...WAITING, protection: STOP }],
    ['is opened', OPENED],
    [
      'is closed in part, for less than it cost',
      { ...OPENED, openQuantity: decimal(1), exitPrice: decimal(99), realizedPnl: decimal(-1) },
    ],
    ['is closed while its entry works', { ...OPENED, openQuantity: decimal(0), exitPrice: decimal(100) }],
    ['was protected anew', { ...OPENED, protection: STOP, legs: 3, fallback: {} }],
    ['is being closed', { ...OPENED, protection: STOP, legs: 2, closings: 1, refusal: 'No.' }],
  ])('are read as they were written: one that %s', (_, trade) => {
    const trades = { [EXECUTION_ID]: trade };
    expect(z.parse(tradesShape, storedTrades(trades))).toEqual(trades);
  });

  it('take little room: every write of the item pays for its size', () => {
    expect(storedTrades({ [EXECUTION_ID]: OPENED })).toEqual({
      [EXECUTION_ID]: {
        symbol: 'MNQM5',
        side: 'buy',
        openQuantity: '2',
        entryPrice: '100',
        openedAtMs: 1_795_341_600_000,
      },
    });
  });
});
