import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { ACCOUNT, BUY, received, workUntilEmpty } from './deliveries.ts';
import type { Latency, ProcessOptions } from './life.ts';
import type { ModelVenueOptions } from './model-venue.ts';
import type { Call } from './trace.ts';
import type { World } from './world.ts';

const SCHEDULE_MS = 60_000;
const BRACKET = { ...BUY, stopLoss: { price: 90 }, takeProfit: { price: 110 } };
const WAITING = { ...BRACKET, orderType: 'limit', limitPrice: 98, timeInForce: 'gtc' };
const PAIRS = ['native', 'kept'] as const;

/** AWS answers after 10 ms, the venue after 200. */
function latency({ service }: Call): Latency {
  return service === 'broker' ? { toMs: 100, backMs: 100 } : { toMs: 5, backMs: 5 };
}

/** When the stop-loss and the take-profit came to the venue: milliseconds after a moment, or `undefined`. */
function protectedAfterMs({ venue }: World, momentMs: number): (number | undefined)[] {
  const legs = venue.orders(ACCOUNT).filter(({ reduceOnly, status }) => reduceOnly && status === 'NEW');
  const cameAtMs = (type: 'stop' | 'limit') => legs.find((leg) => leg.type === type)?.createdAtMs;
  return [cameAtMs('stop'), cameAtMs('limit')].map((atMs) => atMs && Math.round(atMs - momentMs));
}

/** When the entry reached the venue. */
function enteredAtMs({ venue }: World): number {
  return venue.orders(ACCOUNT)[0]?.createdAtMs ?? Number.NaN;
}

async function reconcile(world: World, name: string, changes: Partial<ProcessOptions> = {}): Promise<void> {
  const process = world.process({ name, latency, ...changes });
  expect(await process.run(world.reconcile(process))).toMatchObject({ kind: 'finished' });
}

describe.each(PAIRS)('how long a filled entry is without protection, where pairs are %s', (oco) => {
  // The answer, one write, and the way to the venue; a kept pair goes there one after the other.
  const atOnce = oco === 'native' ? [210, 210] : [210, 410];

  it('is as long as one answer, one write and one call, when it fills as it is placed', async () => {
    const world = await received(BRACKET, { oco });
    await world.time.run(() => workUntilEmpty(world, { latency }));
    expect(protectedAfterMs(world, enteredAtMs(world))).toEqual(atOnce);
  });

  it('is less than 5 s when the process dies on it (I4)', async () => {
    const world = await received(BRACKET, { oco });
    await world.time.run(async () => {
      const dies = world.process({
        name: 'dies',
        latency,
        meets: ({ operation }) => (operation === 'place' ? 'answer-lost' : undefined),
      });
      const delivery = world.queue.deliver();
      const ended = await dies.run(() => world.strategy(dies)(delivery?.event ?? { Records: [] }));
      expect(ended.kind).toBe('died');
      await workUntilEmpty(world, { latency });
    });
    for (const afterMs of protectedAfterMs(world, enteredAtMs(world))) {
      expect(afterMs).toBeLessThan(5_000);
    }
  });

  it('lasts until the next message of its account, when it waited for its price', async () => {
    const world = await received(WAITING, { oco });
    let arrivedAtMs = Number.NaN;
    await world.time.run(async () => {
      await workUntilEmpty(world, { latency });
      world.venue.movePrice('MNQM5', decimal(97));
      await world.time.wait(5_000);
      arrivedAtMs = world.time.now();
      const ingest = world.process({ name: 'ingest-2' });
      await ingest.run(() => world.ingest(ingest)('hook', { ...BUY, id: 'second', symbol: 'ESM5' }));
      await workUntilEmpty(world, { latency });
    });
    for (const afterMs of protectedAfterMs(world, arrivedAtMs)) {
      expect(afterMs).toBeLessThan(1_000);
    }
  });

  it('lasts one minute and one run of the reconciler at most, when no message comes', async () => {
    let filledAtMs = Number.NaN;
    let isWatched = false;
    let world: World | undefined;
    // The worst moment: just after the reconciler has asked about it.
    const script: NonNullable<ModelVenueOptions['script']> = ({ call }) => {
      if (isWatched && call === 'lookup') {
        isWatched = false;
        world?.time.after(1, () => {
          filledAtMs = world?.time.now() ?? Number.NaN;
          world?.venue.movePrice('MNQM5', decimal(97));
        });
      }
      return undefined;
    };
    world = await received(WAITING, { oco, script });
    const { time } = world;
    const run = world;
    await time.run(async () => {
      await workUntilEmpty(run, { latency });
      isWatched = true;
      const startedAtMs = time.now();
      await reconcile(run, 'reconcile-1');
      expect(protectedAfterMs(run, filledAtMs)).toEqual([undefined, undefined]);
      await time.wait(startedAtMs + SCHEDULE_MS - time.now());
      await reconcile(run, 'reconcile-2');
    });
    for (const afterMs of protectedAfterMs(run, filledAtMs)) {
      expect(afterMs).toBeGreaterThan(SCHEDULE_MS - 1_000);
      expect(afterMs).toBeLessThan(SCHEDULE_MS + 1_000);
    }
  });
});

/** What works at the venue. */
function working({ venue }: World): string[] {
  return venue
    .orders(ACCOUNT)
    .filter(({ status }) => status === 'NEW')
    .map(({ side, type, quantity, symbol }) => `${side} ${type} ${quantity} ${symbol}`)
    .sort();
}

describe('what keeps one trade from being protected', () => {
  const OTHER = { ...WAITING, id: 'other', symbol: 'ESM5' };
  const LEGS = ['limit', 'stop'].flatMap((type) => [`sell ${type} 2 ESM5`, `sell ${type} 2 MNQM5`]);

  /** Both entries fill, and a reconciler sees it. */
  async function filled(script: NonNullable<ModelVenueOptions['script']>): Promise<World> {
    const world = await received(WAITING, { oco: 'kept', script });
    await world.time.run(async () => {
      const ingest = world.process({ name: 'ingest-2' });
      await world.time.wait(1_100);
      await ingest.run(() => world.ingest(ingest)('hook', OTHER));
      await workUntilEmpty(world);
      world.venue.movePrice('MNQM5', decimal(97));
      world.venue.movePrice('ESM5', decimal(97));
      await reconcile(world, 'reconcile-1');
    });
    return world;
  }

  it('keeps no other from it: the venue does not say whether it has the first stop-loss', async () => {
    let stops = 0;
    const world = await filled(({ call, intent }) => {
      stops += intent?.type === 'stop' ? 1 : 0;
      const isLost = intent?.type === 'stop' ? stops === 1 : call === 'lookup' && stops > 0;
      return isLost ? { kind: 'no-answer' } : undefined;
    });
    expect(working(world)).toEqual(LEGS.filter((leg) => leg !== 'sell stop 2 MNQM5'));
    expect(world.alerts.map(({ type }) => type)).toEqual(['PROTECTION_UNKNOWN']);
  });

  it('closes nothing when the venue was too busy: it is protected by whoever comes next', async () => {
    let isBusy = true;
    const world = await filled(({ intent }) => (isBusy && intent?.reduceOnly ? { kind: 'busy' } : undefined));
    expect(working(world)).toEqual([]);
    expect(world.venue.positions(ACCOUNT)).toEqual({ MNQM5: '2', ESM5: '2' });
    expect(world.alerts.map(({ type }) => type)).toEqual(['PROTECTION_UNKNOWN', 'PROTECTION_UNKNOWN']);
    isBusy = false;
    await world.time.run(() => reconcile(world, 'reconcile-2'));
    expect(working(world)).toEqual(LEGS);
  });
});
