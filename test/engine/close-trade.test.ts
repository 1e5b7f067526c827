import { describe, expect, it } from 'vitest';
import type { OcoKind } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { ONEFILL } from '../../functions/core/halt.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { haltAccount } from '../../functions/ledger/account-controls.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { type Fault, faultyLedger } from '../support/faulty-ledger.ts';
import { nth, type TraderOptions } from '../support/trader.ts';
import { rehearsing, testEngine } from '../support/world.ts';
import { at, BRACKET, tradeKeeper } from './trade-keeper.ts';

const { ledger } = modelLedger();

const PAIRS: readonly OcoKind[] = ['native', 'kept'];
const CALLS_MAX = 60;

/** A trader with two trades of 2 and 3 in one symbol, both protected. */
async function twoTrades(oco: OcoKind, options: TraderOptions = {}) {
  const made = await tradeKeeper(ledger, {
    ...options,
    simulation: { ...rehearsing(options.faults), oco },
  });
  const first = await made.enter();
  const second = await made.enter({
    ...BRACKET,
    quantity: decimal(3),
    stopLoss: at(90),
    takeProfit: at(130),
  });
  return { ...made, first, second };
}

const sold = (orders: readonly string[]) => orders.filter((order) => order.startsWith('sell market'));

describe.each(PAIRS)('closing one of two trades in a symbol, where pairs are %s', (oco) => {
  it('closes exactly what it holds, and the other one stays protected', async () => {
    const made = await twoTrades(oco);
    expect(await made.close(made.first)).toMatchObject({
      kind: 'done',
      execution: {
        status: 'COMPLETED',
        strategyId: 'operator',
        orders: [{ leg: 'exit', side: 'sell', quantity: '2', reduceOnly: true, trade: made.first }],
      },
    });
    expect(await made.trades()).toMatchObject([{ executionId: made.second, openQuantity: '3' }]);
    expect(await made.working()).toEqual(['sell limit 3 NEW 0', 'sell stop 3 NEW 0']);
    expect(await made.prices()).toEqual(['130', '90']);
    expect(await made.ended()).toMatchObject([{ executionId: made.first, state: 'CLOSED' }]);
  });

  it('closes the newer one, though the older one is first in line', async () => {
    const made = await twoTrades(oco);
    await made.close(made.second);
    expect(await made.trades()).toMatchObject([{ executionId: made.first, openQuantity: '2' }]);
    expect(await made.prices()).toEqual(['110', '95']);
  });

  it('down to a part protects exactly the rest', async () => {
    const made = await twoTrades(oco);
    await made.close(made.second, 1);
    expect(await made.trades()).toMatchObject([{ openQuantity: '2' }, { openQuantity: '1' }]);
    expect(await made.working()).toEqual([
      'sell limit 1 NEW 0',
      'sell limit 2 NEW 0',
      'sell stop 1 NEW 0',
      'sell stop 2 NEW 0',
    ]);
  });

  it('twice closes it once', async () => {
    const made = await twoTrades(oco);
    await Promise.all([made.close(made.first), made.close(made.first)]);
    expect(await made.close(made.first)).toMatchObject({
      execution: { status: 'SKIPPED', reason: { code: 'TRADE_NOT_OPEN' } },
    });
    expect(sold(await made.venue())).toEqual(['sell market 2 FILLED 2']);
  });

  it('that its own stop-loss has closed meanwhile sells nothing of the other one', async () => {
    const made = await twoTrades(oco);
    await made.move(94);
    expect(await made.close(made.first)).toMatchObject({ execution: { status: 'SKIPPED' } });
    expect(sold(await made.venue())).toEqual([]);
    expect(await made.trades()).toMatchObject([{ executionId: made.second, openQuantity: '3' }]);
  });

  it('takes back what of its entry still works', async () => {
    const made = await tradeKeeper(ledger, {
      simulation: { ...rehearsing([nth('partial-fill', 1)]), oco },
    });
    const pricing = { type: 'limit', limitPrice: decimal(100) } as const;
    const tradeId = await made.enter({ ...BRACKET, quantity: decimal(4), pricing });
    expect(await made.close(tradeId)).toMatchObject({ execution: { status: 'COMPLETED' } });
    expect(await made.working()).toEqual([]);
    expect(await made.trades()).toEqual([]);
  });

  it('protects it again when the venue refuses to close it', async () => {
    const made = await twoTrades(oco, { faults: [nth('reject', oco === 'native' ? 5 : 7)] });
    expect(await made.close(made.first)).toMatchObject({ execution: { status: 'REJECTED' } });
    expect(await made.prices()).toEqual(['110', '130', '90', '95']);
    expect(await made.trades()).toMatchObject([{ openQuantity: '2' }, { openQuantity: '3' }]);
  });

  it.each<Fault>(['dies-before', 'dies-after'])(
    'that dies at any call (%s) closes it once, and leaves the other one protected',
    async (fault) => {
      let hasDied = true;
      let deaths = 0;
      for (let call = 1; hasDied && call < CALLS_MAX; call += 1) {
        const made = await twoTrades(oco);
        const faulty = faultyLedger(ledger, call, fault);
        await made.close(made.first, 0, testEngine(faulty.ledger, made.clock)).catch(() => undefined);
        hasDied = faulty.isDead();
        deaths += hasDied ? 1 : 0;
        await made.tend();
        await made.close(made.first);
        expect(sold(await made.venue()), `call ${call}`).toEqual(['sell market 2 FILLED 2']);
        expect(await made.trades(), `call ${call}`).toMatchObject([{ openQuantity: '3' }]);
        expect(await made.prices(), `call ${call}`).toEqual(['130', '90']);
        expect(await made.working(), `call ${call}`).toEqual(['sell limit 3 NEW 0', 'sell stop 3 NEW 0']);
      }
      expect(deaths).toBeGreaterThan(10);
    },
  );
});

describe('closing a trade', () => {
  it('passes halts, and needs no strategy', async () => {
    const made = await twoTrades('native', { strategy: { enabled: true } });
    await made.reconfigure({ strategy: { enabled: false } });
    const halt = { scope: 'all', reason: 'Drift.', haltedBy: ONEFILL, haltedAtMs: 0 } as const;
    await haltAccount(ledger, made.accountId, halt);
    await made.close(made.first);
    expect(await made.trades()).toMatchObject([{ executionId: made.second }]);
  });

  it('closes all of its own, though the stop-loss of the other one fills while its orders are cancelled', async () => {
    const made = await twoTrades('native');
    await made.change(made.first, { stopLoss: at(80) });
    const engine = movingAt(made, 4, 89);
    expect(await made.close(made.first, 0, engine)).toMatchObject({ execution: { status: 'COMPLETED' } });
    expect(await made.trades()).toEqual([]);
    expect(sold(await made.venue())).toEqual(['sell market 2 FILLED 2']);
    expect((await made.account()).positions.MNQM5).toMatchObject({ quantity: '0' });
  });
});

/** An engine whose venue's market moves before lookup number `after` + 1. */
function movingAt(made: Awaited<ReturnType<typeof twoTrades>>, after: number, price: number): Engine {
  let lookups = 0;
  let moved: Promise<void> | undefined;
  return {
    ...made.engine,
    createBroker: (account) => {
      const broker = made.engine.createBroker(account);
      return {
        ...broker,
        lookup: async (order) => {
          lookups += 1;
          moved ??= lookups > after ? made.move(price) : undefined;
          await moved;
          return broker.lookup(order);
        },
      };
    },
  };
}
