import { describe, expect, it } from 'vitest';
import type { Books, OpenOrder } from '../../functions/core/books.ts';
import type { ExecutionId } from '../../functions/core/ids.ts';
import { followOpenOrders } from '../../functions/engine/open-orders.ts';
import type { Hold } from '../../functions/engine/with-account.ts';
import { lockAccount } from '../../functions/ledger/held-account.ts';
import { booksOf } from '../../functions/ledger/positions.ts';
import { EXECUTION_ID, orderOf } from '../core/order-of.ts';
import { seed } from '../support/world.ts';
import { ABSENT, found, LOST, type Script, scripted } from './scripted-venue.ts';

/** An order that works at the venue, or, when it is watched, one that the venue once denied having. */
function openOrder(watchUntilMs?: number): OpenOrder {
  const order = orderOf({ status: watchUntilMs === undefined ? 'NEW' : 'UNKNOWN' });
  return { executionId: EXECUTION_ID, order, ...(watchUntilMs === undefined ? {} : { watchUntilMs }) };
}

/** Follows one open order of a held account at a venue that answers by a script. */
async function follow(open: OpenOrder, script: Script, isToBeCanceled?: () => boolean) {
  const { engine, venue, calls } = scripted(script);
  const alerts: string[] = [];
  await seed(engine.ledger, 'account');
  const request = { accountId: 'account', ownerId: 'me', nowMs: engine.clock.now() };
  const locked = await lockAccount(engine.ledger, request as Parameters<typeof lockAccount>[1]);
  if (locked.kind !== 'locked') {
    throw new Error(locked.kind);
  }
  const books: Books = {
    ...booksOf(locked.account),
    openOrders: { [open.order.clientOrderId]: open },
  };
  const telling = { ...engine, alert: ({ type }: { readonly type: string }) => alerts.push(type) };
  const followed = await followOpenOrders(telling, locked as unknown as Hold, venue, books, isToBeCanceled);
  return { ...followed, before: books, alerts, calls, left: Object.values(followed.books.openOrders) };
}

const always = () => true;
/** The time that a scripted venue's clock begins at. */
const NOW_MS = scripted({}).engine.clock.now();

describe('an open order', () => {
  it('that stands as it stood changes nothing', async () => {
    const { books, before, changed, unresolved, alerts } = await follow(openOrder(), {
      lookup: [found('NEW')],
    });
    expect(books).toBe(before);
    expect({ changed, unresolved, alerts }).toEqual({ changed: 0, unresolved: [], alerts: [] });
  });

  it('is booked as it fills, and stays open until it ends', async () => {
    const partly = await follow(openOrder(), { lookup: [found('PARTIALLY_FILLED', 1)] });
    expect(partly).toMatchObject({
      changed: 1,
      unresolved: [],
      alerts: [],
      left: [{ order: { filledQuantity: '1' } }],
    });
    expect(partly.books.positions).toMatchObject({ MNQM5: { quantity: '1' } });
    const wholly = await follow(openOrder(), { lookup: [found('FILLED', 4)] });
    expect(wholly).toMatchObject({ changed: 1, unresolved: [], left: [] });
    expect(wholly.books.positions).toMatchObject({ MNQM5: { quantity: '4' } });
  });

  it('that the venue does not tell about is unresolved', async () => {
    const open = openOrder();
    expect(await follow(open, { lookup: [LOST] })).toMatchObject({
      changed: 0,
      unresolved: [open],
      left: [open],
    });
  });

  it('that the venue no longer shows is not given up, and in the way only of who wants it cancelled', async () => {
    const open = openOrder();
    expect(await follow(open, { lookup: [ABSENT] })).toMatchObject({ unresolved: [], left: [open] });
    expect(await follow(open, { lookup: [ABSENT] }, always)).toMatchObject({
      unresolved: [open],
      left: [open],
    });
  });

  it('is cancelled when it is to be, and unresolved until it has ended', async () => {
    const cancel = [{ kind: 'accepted' }] as const;
    const ended = await follow(openOrder(), { lookup: [found('NEW'), found('CANCELED')], cancel }, always);
    expect(ended).toMatchObject({
      changed: 1,
      unresolved: [],
      left: [],
      calls: ['lookup', 'cancel', 'lookup'],
    });
    const open = openOrder();
    expect(await follow(open, { lookup: [found('NEW')], cancel }, always)).toMatchObject({
      unresolved: [open],
    });
  });

  it('that has ended by itself is not cancelled any more', async () => {
    const { calls, unresolved } = await follow(openOrder(), { lookup: [found('FILLED', 4)] }, always);
    expect({ calls, unresolved }).toEqual({ calls: ['lookup'], unresolved: [] });
  });

  it('of what is no execution is an error', async () => {
    const open = { ...openOrder(), executionId: 'nonsense' as ExecutionId };
    await expect(follow(open, { lookup: [found('FILLED', 4)] })).rejects.toThrow('not an execution id');
  });
});

describe('an order that is only suspected', () => {
  it('is nothing to wait for when the venue does not answer', async () => {
    const open = openOrder(NOW_MS + 1);
    expect(await follow(open, { lookup: [LOST] })).toMatchObject({ unresolved: [], left: [open] });
  });

  it('is asked about until its time is over, and is in nobody’s way', async () => {
    const open = openOrder(NOW_MS + 1);
    for (const isToBeCanceled of [undefined, always]) {
      expect(await follow(open, { lookup: [ABSENT] }, isToBeCanceled)).toMatchObject({
        changed: 0,
        unresolved: [],
        left: [open],
      });
    }
  });

  it('is dropped when its time is over and it never came', async () => {
    expect(await follow(openOrder(NOW_MS), { lookup: [ABSENT] })).toMatchObject({
      changed: 1,
      unresolved: [],
      left: [],
      alerts: [],
    });
  });

  it('is told of when it is there after all, and from then on an order like any other', async () => {
    const late = await follow(openOrder(NOW_MS + 1), { lookup: [found('NEW')] });
    expect(late).toMatchObject({ changed: 1, alerts: ['LATE_ORDER'], left: [{ order: { status: 'NEW' } }] });
    expect(late.left[0]).not.toHaveProperty('watchUntilMs');
  });
});
