import { describe, expect, it } from 'vitest';
import type { OcoPair } from '../../functions/brokers/broker.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import { protectiveOrders } from '../../functions/core/protection.ts';
import { awaitFill, cancelOrder, placeOrder, placeTogether } from '../../functions/engine/place.ts';
import { EXECUTION_ID, orderOf } from '../core/order-of.ts';
import { newOrder } from '../simulation/venue-order.ts';
import { ABSENT, accepted, BUSY, found, LOST, REFUSED, type Script, scripted } from './scripted-venue.ts';

const OURS = { maybeSent: false, wanted: true } as const;
const SOMEBODYS = { maybeSent: true, wanted: true } as const;
const BACKOFFS = TIMING.brokerBackoffMs;

/** Places an order that this holder is the first to send, unless said otherwise. */
async function place(
  script: Script,
  changes: Parameters<typeof scripted>[1] = {},
  options: Parameters<typeof placeOrder>[3] = OURS,
) {
  const made = scripted(script, changes);
  const placed = await placeOrder(made.engine, made.venue, orderOf({ status: 'SENDING' }), options);
  return { ...placed, ...made };
}

describe('placing an order', () => {
  it('sends it once and takes over what the venue made of it', async () => {
    const { order, calls, waits, mayArriveLate } = await place({ place: [accepted('FILLED', 4)] });
    expect(order).toMatchObject({ status: 'FILLED', brokerOrderId: 'venue-1', averageFillPrice: '100' });
    expect({ calls, waits, mayArriveLate }).toEqual({ calls: ['place'], waits: [], mayArriveLate: false });
  });

  it('takes a refusal for final, with the venue’s words', async () => {
    const { order, calls, mayArriveLate } = await place({ place: [REFUSED] });
    expect(order).toMatchObject({ status: 'REJECTED', reason: 'MARGIN: Not enough margin.' });
    expect({ calls, mayArriveLate }).toEqual({ calls: ['place'], mayArriveLate: false });
  });

  it('looks for it when the answer is lost, and does not send it again once it is found', async () => {
    const { order, calls, waits } = await place({ place: [LOST], lookup: [found('NEW')] });
    expect(order.status).toBe('NEW');
    expect(calls).toEqual(['place', 'lookup']);
    expect(waits).toEqual([BACKOFFS[0] * 1.25]);
  });

  it('sends it again when it is absent at a venue that takes an id only once', async () => {
    const { order, calls, mayArriveLate } = await place({
      place: [LOST, accepted('NEW')],
      lookup: [ABSENT],
    });
    expect(order.status).toBe('NEW');
    expect(calls).toEqual(['place', 'lookup', 'place']);
    expect(mayArriveLate).toBe(false);
  });

  it('is watched when it was lost before it was refused: the lost request may still arrive', async () => {
    const { order, mayArriveLate } = await place({ place: [LOST, REFUSED], lookup: [ABSENT] });
    expect(order.status).toBe('REJECTED');
    expect(mayArriveLate).toBe(true);
  });

  it.each(['OPEN_ONLY', 'LOOKUP_ONLY', 'NONE'] as const)(
    'is never sent twice to a venue of the class %s, and stays UNKNOWN',
    async (guarantee) => {
      const { order, calls, mayArriveLate } = await place({ place: [LOST], lookup: [ABSENT] }, { guarantee });
      expect(order.status).toBe('UNKNOWN');
      expect(order.reason).toContain('no proof');
      expect(calls).toEqual(['place', ...BACKOFFS.map(() => 'lookup'), 'lookup']);
      expect(mayArriveLate).toBe(false);
    },
  );

  it('stays UNKNOWN with what the venue said last', async () => {
    const { order, waits } = await place({ place: [LOST], lookup: [{ ...LOST, message: 'Still nothing.' }] });
    expect(order).toMatchObject({ status: 'UNKNOWN', reason: 'Still nothing.' });
    expect(waits).toEqual(BACKOFFS.map((backoffMs) => backoffMs * 1.25));
  });

  it('is asked about once more after the last attempt', async () => {
    const lookup = [...BACKOFFS.map(() => LOST), found('FILLED', 4)];
    expect((await place({ place: [LOST], lookup })).order.status).toBe('FILLED');
  });

  it('is sent again after each refusal to look at it, and denied when there was no time for it', async () => {
    const { order, calls, mayArriveLate } = await place({ place: [BUSY] });
    expect(order).toMatchObject({ status: 'DENIED', reason: 'Too many requests.' });
    expect(calls).toEqual(['place', ...BACKOFFS.map(() => 'place')]);
    expect(mayArriveLate).toBe(false);
    expect((await place({ place: [BUSY, accepted('NEW')] })).order.status).toBe('NEW');
  });

  it('begins no attempt after its time is over', async () => {
    const late = { callMs: TIMING.brokerBudgetMs };
    expect((await place({ place: [BUSY] }, late)).calls).toEqual(['place', 'place']);
    expect((await place({ place: [LOST], lookup: [LOST] }, late)).calls).toEqual([
      'place',
      'lookup',
      'lookup',
    ]);
  });
});

describe('a pair', () => {
  const PAIR =
    protectiveOrders({
      executionId: EXECUTION_ID,
      symbol: 'MNQM5',
      side: 'buy',
      quantity: decimal(1),
      entryPrice: decimal(100),
      protection: {
        stopLoss: { type: 'amount', amount: decimal(5) },
        takeProfit: { type: 'amount', amount: decimal(5) },
      },
      revision: 2,
    }) ?? [];

  // Books have no order: whoever takes an account over may find either first.
  it.each([
    ['the stop-loss first', PAIR],
    ['the take-profit first', PAIR.toReversed()],
  ])('goes to the venue as what its orders are, with %s', async (_, orders) => {
    const { engine, venue } = scripted({});
    const sent: OcoPair[] = [];
    const placeOco = async (pair: OcoPair) => {
      sent.push(pair);
      const heldAs = (intent: OrderIntent, number: number) => ({
        ...newOrder('account' as AccountId, intent, number),
        createdAtMs: 0,
      });
      return {
        kind: 'accepted',
        takeProfit: heldAs(pair.takeProfit, 1),
        stopLoss: heldAs(pair.stopLoss, 2),
      } as const;
    };
    const placed = await placeTogether(engine, { ...venue, placeOco }, orders, OURS);
    expect(sent).toMatchObject([{ takeProfit: { leg: 'take-profit-2' }, stopLoss: { leg: 'stop-loss-2' } }]);
    expect(placed.map(({ order }) => `${order.leg} is ${order.brokerOrderId}`)).toEqual(
      orders.map(({ leg }) => (leg === 'take-profit-2' ? `${leg} is venue-1` : `${leg} is venue-2`)),
    );
  });
});

describe('an order that somebody may have sent before', () => {
  it('is asked about before anything else', async () => {
    const { order, calls } = await place({ lookup: [found('FILLED', 4)] }, {}, SOMEBODYS);
    expect(order.status).toBe('FILLED');
    expect(calls).toEqual(['lookup']);
  });

  it('is sent when the venue proves that it is absent', async () => {
    const { order, calls } = await place({ place: [accepted('NEW')], lookup: [ABSENT] }, {}, SOMEBODYS);
    expect(order.status).toBe('NEW');
    expect(calls).toEqual(['lookup', 'place']);
  });

  it('is denied when it is absent and not wanted any more, and watched', async () => {
    const { order, calls, mayArriveLate } = await place(
      { lookup: [ABSENT] },
      {},
      { maybeSent: true, wanted: false },
    );
    expect(order.status).toBe('DENIED');
    expect(order.reason).toContain('too old');
    expect({ calls, mayArriveLate }).toEqual({ calls: ['lookup'], mayArriveLate: true });
  });
});

describe('an order id that is unique for a time', () => {
  const answers = { place: [LOST, accepted('NEW')], lookup: [ABSENT] };
  const askedAfterMs = BACKOFFS[0] * 1.25;

  it('lets an absent order be sent again as long as no request of it could be taken for a new one', async () => {
    const window = (uniqueForMs: number) => place(answers, { guarantee: 'WINDOW', uniqueForMs });
    expect((await window(askedAfterMs + TIMING.brokerTimeoutMs + 1)).order.status).toBe('NEW');
    expect((await window(askedAfterMs + TIMING.brokerTimeoutMs)).order.status).toBe('UNKNOWN');
  });

  it('counts from the first request that was lost', async () => {
    const { calls } = await place(
      { place: [LOST], lookup: [ABSENT] },
      { guarantee: 'WINDOW', uniqueForMs: askedAfterMs + TIMING.brokerTimeoutMs + 1 },
    );
    expect(calls.filter((call) => call === 'place')).toHaveLength(2);
  });

  it('proves nothing about what somebody else sent', async () => {
    const { order, calls } = await place(answers, { guarantee: 'WINDOW', uniqueForMs: 1e9 }, SOMEBODYS);
    expect(order.status).toBe('UNKNOWN');
    expect(calls).not.toContain('place');
  });
});

describe('waiting for a fill', () => {
  const wait = async (script: Script, order = orderOf()) => {
    const made = scripted(script);
    return { order: await awaitFill(made.engine, made.venue, order), ...made };
  };

  it('asks until the order is filled', async () => {
    const { order, waits } = await wait({ lookup: [found('NEW'), found('FILLED', 4)] });
    expect(order.status).toBe('FILLED');
    expect(waits).toEqual(TIMING.fillPollMs.slice(0, 2));
  });

  it('leaves the order working after the last question', async () => {
    const { order, waits } = await wait({ lookup: [LOST, found('PARTIALLY_FILLED', 1)] });
    expect(order).toMatchObject({ status: 'PARTIALLY_FILLED', filledQuantity: '1' });
    expect(waits).toEqual(TIMING.fillPollMs);
  });

  it('asks nothing about an order that has ended', async () => {
    expect((await wait({}, orderOf({ status: 'FILLED', filled: 4, at: 100 }))).calls).toEqual([]);
  });
});

describe('cancelling an order', () => {
  const cancel = async (script: Script) => {
    const made = scripted(script);
    return { order: await cancelOrder(made.engine, made.venue, orderOf()), ...made };
  };

  it('looks how it ended, whatever the cancel was answered', async () => {
    const { order, calls, waits } = await cancel({ cancel: [REFUSED], lookup: [found('FILLED', 4)] });
    expect(order.status).toBe('FILLED');
    expect({ calls, waits }).toEqual({ calls: ['cancel', 'lookup'], waits: [] });
  });

  it('is asked for again until the order has ended', async () => {
    const { order, calls, waits } = await cancel({
      cancel: [LOST, { kind: 'accepted' }],
      lookup: [found('NEW'), found('CANCELED', 1)],
    });
    expect(order).toMatchObject({ status: 'CANCELED', filledQuantity: '1' });
    expect(calls).toEqual(['cancel', 'lookup', 'cancel', 'lookup']);
    expect(waits).toEqual([BACKOFFS[0] * 1.25]);
  });

  it('leaves the end open when the venue does not say', async () => {
    const { order, waits } = await cancel({ cancel: [{ kind: 'accepted' }], lookup: [LOST] });
    expect(order.status).toBe('PENDING_CANCEL');
    expect(waits).toEqual(BACKOFFS.map((backoffMs) => backoffMs * 1.25));
  });
});
