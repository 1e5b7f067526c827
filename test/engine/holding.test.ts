import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../../functions/brokers/broker.ts';
import type { AccountId, ClientOrderId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { venueOf, withinTimeout } from '../../functions/engine/venue.ts';
import { type Hold, withAccount } from '../../functions/engine/with-account.ts';
import { forceUnlock } from '../../functions/ledger/account-controls.ts';
import { lockAccount, releaseAccount } from '../../functions/ledger/held-account.ts';
import { orderOf } from '../core/order-of.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { intercepted } from '../support/intercepted-ledger.ts';
import { createTrader } from '../support/trader.ts';
import { moodyVenue } from './moody-venue.ts';
import { accepted, BUSY, found, LOST } from './scripted-venue.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** An account, and an engine whose waits are noted and whose timers ring when the test says so. */
async function keeper(changes: Partial<Engine> = {}) {
  const made = await createTrader(store.ledger);
  const waits: number[] = [];
  const timers = new Map<() => void, number>();
  let pending: Promise<unknown>[] = [];
  const ledger = intercepted(changes.ledger ?? store.ledger, (call) => {
    const answer = call();
    pending.push(answer);
    return answer;
  });
  const engine: Engine = {
    ...made.engine,
    wait: async (durationMs) => {
      waits.push(durationMs);
      made.clock.advance(durationMs);
    },
    after: (durationMs, callback) => {
      timers.set(callback, durationMs);
      return () => timers.delete(callback);
    },
    ...changes,
    ledger,
  };
  /** Settles when what the timers began in the background is over. */
  const ring = async () => {
    pending = [];
    for (const callback of [...timers.keys()]) {
      timers.delete(callback);
      callback();
    }
    await setImmediate();
    await Promise.allSettled(pending);
    await setImmediate();
  };
  const hold = <Result>(work: (hold: Hold) => Promise<Result>) =>
    withAccount(engine, made.accountId, undefined, work);
  const lease = async () => (await made.account()).lease;
  return { ...made, engine, waits, timers, ring, hold, lease };
}

/** A ledger that fails at calls of a kind once it is told to. */
function failing(kind: string) {
  const state = { fails: false, calls: 0 };
  const ledger = intercepted(store.ledger, (call, name) => {
    state.calls += name === kind ? 1 : 0;
    return state.fails && name === kind ? Promise.reject(new Error('Out of reach.')) : call();
  });
  return { ledger, state };
}

const occupied = ({ accountId, clock }: { accountId: AccountId; clock: Engine['clock'] }) =>
  lockAccount(store.ledger, { accountId, ownerId: 'other', nowMs: clock.now() + 3_600_000 });

describe('taking an account', () => {
  it('waits longer each time while others hold it, then gives up and counts that', async () => {
    const made = await keeper();
    await occupied(made);
    expect(await made.hold(async () => 'worked')).toMatchObject({ kind: 'contended' });
    const waits = TIMING.contentionBackoffMs.map((backoffMs) => backoffMs * 1.25);
    expect(made.waits).toEqual(waits);
    expect(await made.account()).toMatchObject({
      leaseTimeouts: 1,
      leaseContentions: waits.length,
      leaseWaitMs: waits.reduce((sum, waitMs) => sum + waitMs),
    });
  });

  it('gives up all the same when that cannot be counted', async () => {
    let calls = 0;
    const ledger = intercepted(store.ledger, (call) => {
      calls += 1;
      return calls > TIMING.contentionBackoffMs.length + 1
        ? Promise.reject(new Error('Out of reach.'))
        : call();
    });
    const made = await keeper({ ledger });
    await occupied(made);
    expect(await made.hold(async () => 'worked')).toMatchObject({ kind: 'contended' });
    expect(calls).toBe(TIMING.contentionBackoffMs.length + 2);
  });

  it('works once it is free, and says how often it was not', async () => {
    const made = await keeper();
    const other = await occupied(made);
    const wait = async (durationMs: number) => {
      made.clock.advance(durationMs);
      if (other.kind === 'locked') {
        await releaseAccount(store.ledger, other.fence);
      }
    };
    const held = await withAccount({ ...made.engine, wait }, made.accountId, undefined, async (hold) => hold);
    expect(held).toMatchObject({ kind: 'worked', result: { contentions: 1 } });
    expect(await made.account()).toMatchObject({ leaseContentions: 1, leaseTimeouts: 0 });
  });

  it('finds no account that is not there, and waits for none', async () => {
    const made = await keeper();
    const held = await withAccount(made.engine, 'nobody' as AccountId, undefined, async () => 'worked');
    expect(held).toEqual({ kind: 'not-found' });
    expect(made.waits).toEqual([]);
  });

  it('is given back when the work fails, with the work’s error', async () => {
    const made = await keeper();
    const failure = new Error('It failed.');
    await expect(made.hold(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(await made.lease()).toBeUndefined();
    expect(made.timers.size).toBe(0);
  });

  it('fails with the work’s error even if it cannot be given back', async () => {
    const { ledger, state } = failing('UpdateCommand');
    const made = await keeper({ ledger });
    const failure = new Error('It failed.');
    const work = async () => {
      state.fails = true;
      throw failure;
    };
    await expect(made.hold(work)).rejects.toBe(failure);
  });
});

describe('holding an account', () => {
  it('renews the lease again and again, until the work is done', async () => {
    const made = await keeper();
    await made.hold(async () => {
      for (let times = 0; times < 3; times += 1) {
        expect([...made.timers.values()]).toEqual([TIMING.leaseRenewalMs]);
        made.clock.advance(TIMING.leaseRenewalMs);
        await made.ring();
        expect((await made.lease())?.expiresAtMs).toBe(made.clock.now() + TIMING.leaseDurationMs);
      }
    });
    expect(made.timers.size).toBe(0);
  });

  it('renews the lease before a call to the venue for which it is too short, and only then', async () => {
    const made = await keeper();
    await made.hold(async (hold) => {
      const before = await made.lease();
      await hold.ensureTimeForBrokerCall();
      expect(await made.lease()).toEqual(before);
      made.clock.advance(TIMING.leaseDurationMs - TIMING.brokerTimeoutMs - TIMING.brokerMarginMs);
      await hold.ensureTimeForBrokerCall();
      expect((await made.lease())?.expiresAtMs).toBe(made.clock.now() + TIMING.leaseDurationMs);
    });
  });

  it('counts a renewal by a write of its own', async () => {
    const { ledger, state } = failing('UpdateCommand');
    const made = await keeper({ ledger });
    await made.hold(async (hold) => {
      made.clock.advance(TIMING.leaseDurationMs);
      hold.extended({ ownerId: 'me', expiresAtMs: made.clock.now() + TIMING.leaseDurationMs });
      const before = state.calls;
      await hold.ensureTimeForBrokerCall();
      expect(state.calls).toBe(before);
    });
  });

  it('lets no call to the venue begin once the lease was lost', async () => {
    const made = await keeper();
    await made.hold(async (hold) => {
      await forceUnlock(store.ledger, made.accountId);
      made.clock.advance(TIMING.leaseRenewalMs);
      await made.ring();
      const venue = moodyVenue();
      const { lookup } = venueOf({ ...made.engine, createBroker: () => venue.broker }, hold);
      await expect(lookup(orderOf())).rejects.toMatchObject({ code: 'FENCED_OUT' });
      expect(venue.calls).toEqual([]);
    });
  });

  it('lets none begin when the lease cannot be renewed in time, and some while there is time left', async () => {
    const { ledger, state } = failing('UpdateCommand');
    const made = await keeper({ ledger });
    await made.hold(async (hold) => {
      state.fails = true;
      await made.ring();
      await hold.ensureTimeForBrokerCall();
      made.clock.advance(TIMING.leaseDurationMs);
      await expect(hold.ensureTimeForBrokerCall()).rejects.toMatchObject({ code: 'FENCED_OUT' });
      state.fails = false;
      await hold.ensureTimeForBrokerCall();
    });
  });
});

describe('a call to the venue', () => {
  it('that is not answered in time has an unknown outcome, whatever comes later', async () => {
    const { engine, timers, ring } = await keeper();
    let answer: (outcome: 'late') => void = () => undefined;
    const outcome = withinTimeout(engine, () => new Promise<'late'>((resolve) => (answer = resolve)));
    expect([...timers.values()]).toEqual([TIMING.brokerTimeoutMs]);
    await ring();
    answer('late');
    expect(await outcome).toMatchObject({ kind: 'unknown', cause: 'timeout' });
  });

  it('that is answered stops the clock', async () => {
    const { engine, timers } = await keeper();
    expect(await withinTimeout(engine, async () => 'in time')).toBe('in time');
    expect(timers.size).toBe(0);
  });

  it.each([
    [new Error('The line is dead.'), 'The line is dead.'],
    ['no error', 'no error'],
  ])('whose adapter fails (%s) has an unknown outcome', async (failure, message) => {
    const { engine, timers } = await keeper();
    const outcome = await withinTimeout(engine, () => Promise.reject(failure));
    expect(outcome).toEqual({ kind: 'unknown', cause: 'connection', message });
    expect(timers.size).toBe(0);
  });

  it('is counted: as a failure when it was not looked at, as a retry when it was made before', async () => {
    const made = await keeper();
    const places = [BUSY, accepted('NEW')];
    const lookups = [LOST, found('NEW'), found('NEW')];
    const broker: Broker = {
      ...moodyVenue().broker,
      place: async () => places.shift() ?? BUSY,
      lookup: async () => lookups.shift() ?? LOST,
    };
    await made.hold(async (hold) => {
      const venue = venueOf({ ...made.engine, createBroker: () => broker }, hold);
      const order = orderOf();
      expect(venue).toMatchObject({ guarantee: 'PERMANENT', uniqueForMs: 0 });
      await venue.place(order);
      expect(venue.calls).toMatchObject({ failures: 1, retries: 0 });
      await venue.place(order);
      expect(venue.calls).toMatchObject({ failures: 1, retries: 1 });
      await venue.lookup(order);
      await venue.lookup({ ...order, clientOrderId: 'of-2' as ClientOrderId });
      expect(venue.calls).toMatchObject({ failures: 2, retries: 1 });
      await venue.cancel(order);
      await venue.lookup(order);
      expect(venue.calls).toMatchObject({ failures: 2, retries: 2 });
    });
  });
});
