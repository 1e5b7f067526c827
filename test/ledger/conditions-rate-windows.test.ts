import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebhookId } from '../../functions/core/ids.ts';
import { admit, joinGroup, markOf, type RateMemory, withdraw } from '../../functions/ledger/rate-windows.ts';
import { keys } from '../../functions/ledger/table.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const NOW_MS = Date.parse('2026-11-22T10:00:00Z');
const WINDOW_MS = 60_000;

let clients = 0;

/** A client of its own, and what an environment asks for it. */
function newClient(limit: number) {
  clients += 1;
  const subject = { webhookId: 'hook' as WebhookId, sourceIp: `203.0.113.${clients}` };
  let marks = 0;
  return {
    subject,
    ask: (nowMs: number, memory: RateMemory = new Map(), group = '') => {
      marks += 1;
      const request = { mark: markOf(group || `group-${marks}`, `request-${marks}`), nowMs };
      return admit(store.ledger, subject, { limit, windowSeconds: WINDOW_MS / 1_000 }, request, memory);
    },
  };
}

describe('a place in a rate window', () => {
  it('that is given back twice, after a lost answer, makes room once', async () => {
    const { ask, subject } = newClient(1);
    expect(await ask(NOW_MS)).toEqual({ admitted: true, slot: 0 });
    await withdraw(store.ledger, subject, { slot: 0 });
    await withdraw(store.ledger, subject, { slot: 0 });
    expect(await ask(NOW_MS + 1)).toMatchObject({ admitted: true });
    expect(await ask(NOW_MS + 2)).toMatchObject({ admitted: false });
  });

  it('that a copy took last is shared by the signal, until the copy gives its own back', async () => {
    const { ask, subject } = newClient(1);
    await ask(NOW_MS, new Map(), 'signal');
    const refused = await ask(NOW_MS + 1, new Map(), 'signal');
    const taken = { slot: 0, mark: markOf('signal', 'request-1') };
    expect(refused).toMatchObject({ admitted: false, taken });
    const own = markOf('signal', 'request-2');
    expect(await joinGroup(store.ledger, subject, taken, own)).toBe(true);
    // Its answer was lost, and it is sent again.
    expect(await joinGroup(store.ledger, subject, taken, own)).toBe(true);
    await withdraw(store.ledger, subject, { slot: 0 });
    expect(await ask(NOW_MS + 2)).toMatchObject({ admitted: false });
    await withdraw(store.ledger, subject, { slot: 0 });
    expect(await ask(NOW_MS + 3)).toMatchObject({ admitted: true });
  });

  it('that somebody else took last is not shared', async () => {
    const { ask, subject } = newClient(1);
    await ask(NOW_MS);
    expect(await ask(NOW_MS + 1)).not.toHaveProperty('taken');
    const stale = { slot: 0, mark: markOf('signal', 'request') };
    expect(await joinGroup(store.ledger, subject, stale, markOf('signal', 'other'))).toBe(false);
  });

  it('is not beside requests whose window has passed, whatever an environment with another clock remembers', async () => {
    const { ask, subject } = newClient(32);
    await ask(NOW_MS);
    const remembered = { slot: 0, count: 1, takenAtMs: NOW_MS + 1_000 };
    const memory: RateMemory = new Map([
      [keys.rateWindow(subject.webhookId, subject.sourceIp).pk, remembered],
    ]);
    const nowMs = NOW_MS + WINDOW_MS + 1;
    expect(await ask(nowMs, memory)).toEqual({ admitted: true, slot: 0 });
    // The slot began anew: it has room for one more.
    expect(await ask(nowMs + 1, memory)).toEqual({ admitted: true, slot: 0 });
  });
});
