import { describe, expect, it } from 'vitest';
import type { OcoKind } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, ExecutionId } from '../../functions/core/ids.ts';
import { changeTrade } from '../../functions/engine/change-trade.ts';
import { lockAccount } from '../../functions/ledger/held-account.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { type Fault, faultyLedger } from '../support/faulty-ledger.ts';
import { always, nth, type TraderOptions } from '../support/trader.ts';
import { rehearsing, testEngine } from '../support/world.ts';
import { at, BRACKET, tradeKeeper } from './trade-keeper.ts';

/** Many processes die here, which takes too long on a real engine; the model conforms to it (test/simulation). */
const { ledger } = modelLedger();
const CHANGED = { stopLoss: at(97), takeProfit: at(120) };
const PAIRS: readonly OcoKind[] = ['native', 'kept'];
const CALLS_MAX = 60;

const keeper = (oco: OcoKind = 'native', options: TraderOptions = {}) =>
  tradeKeeper(ledger, { ...options, simulation: { ...rehearsing(options.faults), oco } });
type Keeper = Awaited<ReturnType<typeof keeper>>;

/** Changes a trade in a process that dies at its nth call to the store or the venue. @returns whether it died */
async function dieWhileChanging(made: Keeper, tradeId: ExecutionId, callNumber: number, fault: Fault) {
  const faulty = faultyLedger(ledger, callNumber, fault);
  const engine = testEngine(faulty.ledger, made.clock);
  await made.change(tradeId, CHANGED, { engine }).catch(() => undefined);
  return faulty.isDead();
}

describe.each(PAIRS)('changing an open trade, where pairs are %s', (oco) => {
  it('replaces what is at the venue, for exactly what is held', async () => {
    const made = await keeper(oco);
    const tradeId = await made.enter();
    expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'changed' });
    expect(await made.working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
    expect(await made.prices()).toEqual(['120', '97']);
    const [trade] = await made.trades();
    expect(trade).toMatchObject({ protection: CHANGED, openQuantity: '2' });
    expect(trade).not.toHaveProperty('fallback');
    expect((await made.account()).lease).toBeUndefined();
  });

  it('takes away what is no longer wanted', async () => {
    const made = await keeper(oco);
    const tradeId = await made.enter();
    await made.change(tradeId, ({ stopLoss }) => (stopLoss ? { stopLoss } : {}));
    expect(await made.prices()).toEqual(['95']);
    await made.change(tradeId, {});
    expect(await made.working()).toEqual([]);
    expect(await made.trades()).toMatchObject([{ protection: {}, openQuantity: '2' }]);
  });

  it('leaves it as it was when the venue refuses, and says what the venue said', async () => {
    const made = await keeper(oco, { faults: [nth('reject', oco === 'native' ? 3 : 4)] });
    const tradeId = await made.enter();
    expect(await made.change(tradeId, CHANGED)).toMatchObject({
      kind: 'refused',
      reason: { code: 'PROTECTION_REFUSED', message: expect.stringContaining('rehearse') },
    });
    expect(await made.prices()).toEqual(['110', '95']);
    const [trade] = await made.trades();
    expect(trade).toMatchObject({ protection: { stopLoss: at(95), takeProfit: at(110) }, closings: 0 });
    expect(trade).not.toHaveProperty('fallback');
  });

  it('does not close a trade without protection when its first is refused', async () => {
    const made = await keeper(oco, { faults: [nth('reject', 2)] });
    const tradeId = await made.enter({ quantity: decimal(2), price: decimal(100) });
    expect(await made.change(tradeId, CHANGED)).toMatchObject({ kind: 'refused' });
    expect(await made.working()).toEqual([]);
    expect(await made.trades()).toMatchObject([{ protection: {}, openQuantity: '2' }]);
  });

  it.each<Fault>(['dies-before', 'dies-after'])(
    'that dies at any call (%s) is finished by the next, and once more changes nothing',
    async (fault) => {
      let hasDied = true;
      let deaths = 0;
      for (let call = 1; hasDied && call < CALLS_MAX; call += 1) {
        const made = await keeper(oco);
        const tradeId = await made.enter();
        hasDied = await dieWhileChanging(made, tradeId, call, fault);
        deaths += hasDied ? 1 : 0;
        await made.tend();
        expect(await made.working(), `call ${call}`).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
        const prices = await made.prices();
        expect(
          [
            ['110', '95'],
            ['120', '97'],
          ],
          `call ${call}`,
        ).toContainEqual(prices);
        expect((await made.trades())[0], `call ${call}`).not.toHaveProperty('fallback');
        expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'changed' });
        expect(await made.prices()).toEqual(['120', '97']);
        expect(await made.working()).toHaveLength(2);
      }
      expect(deaths).toBeGreaterThan(10);
    },
  );
});

describe('what protected a trade before a change', () => {
  it('is not brought back once the venue has taken the change, though its process died on that', async () => {
    // Entry, pair, changed pair, exit: the fifth order is what is to protect the rest.
    const faults = [nth('reject', 5)];
    let leftOver = 0;
    for (let call = 1; call < CALLS_MAX; call += 1) {
      const made = await keeper('native', { faults });
      const tradeId = await made.enter();
      if (!(await dieWhileChanging(made, tradeId, call, 'dies-before'))) {
        break;
      }
      const isTaken = (await made.venue()).filter((order) => order.startsWith('sell')).length === 4;
      if (!isTaken || (await made.trades())[0]?.fallback === undefined) {
        continue;
      }
      leftOver += 1;
      made.clock.advance(4_000);
      await made.signal({ action: 'exit', quantity: decimal(1), price: decimal(101) });
      expect(await made.working()).toEqual([]);
      expect(await made.trades()).toEqual([]);
      expect(await made.ended()).toMatchObject([{ state: 'CLOSED', openQuantity: '0' }]);
    }
    expect(leftOver).toBeGreaterThan(0);
  });
});

describe('changing a trade that waits for its price', () => {
  it('is stored, and is what protects it once it is filled', async () => {
    const made = await keeper();
    const pricing = { type: 'limit', limitPrice: decimal(98) } as const;
    const tradeId = await made.enter({ ...BRACKET, pricing });
    expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'changed' });
    expect(await made.working()).toEqual(['buy limit 2 NEW 0']);
    const [trade] = await made.trades();
    expect(trade).toMatchObject({ protection: CHANGED });
    expect(trade).not.toHaveProperty('fallback');
    await made.move(97.5);
    await made.tend();
    expect(await made.prices()).toEqual(['120', '97']);
  });
});

describe('a change that cannot be made', () => {
  it('of a trade that is over says so', async () => {
    const made = await keeper();
    const tradeId = await made.enter();
    await made.signal({ action: 'exit', quantity: decimal(2) });
    expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'not-open', state: undefined });
  });

  it('of a trade that its stop-loss has just closed says so, and books that', async () => {
    const made = await keeper();
    const tradeId = await made.enter();
    await made.move(94);
    expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'not-open', state: undefined });
    expect(await made.ended()).toMatchObject([{ state: 'CLOSED', exitPrice: '94' }]);
  });

  it('of a trade that a working exit closes says so', async () => {
    const made = await keeper();
    const tradeId = await made.enter({ quantity: decimal(2), price: decimal(100) });
    const pricing = { type: 'limit', limitPrice: decimal(105) } as const;
    await made.signal({ action: 'exit', pricing });
    expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'not-open', state: 'CLOSING' });
  });

  it('of an account that somebody else has, or that is not there, changes nothing', async () => {
    const made = await keeper();
    const tradeId = await made.enter();
    const { accountId, clock } = made;
    await lockAccount(ledger, { accountId, ownerId: 'somebody', nowMs: clock.now() + 3_600_000 });
    expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'contended' });
    expect(await made.prices()).toEqual(['110', '95']);
    const command = { tradeId, changed: () => CHANGED, refuse: () => undefined };
    const nobody = 'nobody' as AccountId;
    expect(await changeTrade(made.engine, { ...command, accountId: nobody })).toEqual({ kind: 'not-found' });
  });

  it('is refused before anything is written', async () => {
    const made = await keeper();
    const tradeId = await made.enter();
    const reason = { code: 'WOULD_TRIGGER', message: 'It would.' };
    expect(await made.change(tradeId, CHANGED, { refuse: () => reason })).toEqual({
      kind: 'refused',
      reason,
    });
    expect(await made.trades()).toMatchObject([{ protection: { stopLoss: at(95) }, legs: 1 }]);
  });

  it('waits for a venue that does not say what became of the orders', async () => {
    const made = await keeper();
    const tradeId = await made.enter();
    await made.reconfigure({ faults: [always('unavailable', 'lookup')] });
    expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'unknown', isStored: false });
    expect(await made.trades()).toMatchObject([{ protection: { stopLoss: at(95) } }]);
  });

  it('is made by whoever comes next when the venue stops answering in the middle of it', async () => {
    const made = await keeper();
    const tradeId = await made.enter();
    await made.reconfigure({ faults: [always('unavailable', 'cancel')] });
    expect(await made.change(tradeId, CHANGED)).toEqual({ kind: 'unknown', isStored: true });
    expect(await made.change(tradeId, {})).toEqual({ kind: 'unknown', isStored: false });
    await made.reconfigure({});
    await made.tend();
    expect(await made.prices()).toEqual(['120', '97']);
    expect(await made.change(tradeId, {})).toEqual({ kind: 'changed' });
  });
});

it('an execution that was left unfinished is finished before a trade is changed', async () => {
  let finished = 0;
  for (let call = 1; call < CALLS_MAX; call += 1) {
    const made = await keeper();
    const tradeId = await made.enter();
    const faulty = faultyLedger(ledger, call, 'dies-after');
    await made.close(tradeId, 1, testEngine(faulty.ledger, made.clock)).catch(() => undefined);
    if (!faulty.isDead()) {
      break;
    }
    const isUnfinished = (await made.account()).activeExecution?.intent !== undefined;
    made.clock.advance(4_000);
    expect(await made.change(tradeId, CHANGED), `call ${call}`).toEqual({ kind: 'changed' });
    if (isUnfinished) {
      finished += 1;
      expect(await made.working(), `call ${call}`).toEqual(['sell limit 1 NEW 0', 'sell stop 1 NEW 0']);
    }
    expect(await made.prices()).toEqual(['120', '97']);
  }
  expect(finished).toBeGreaterThan(3);
});
