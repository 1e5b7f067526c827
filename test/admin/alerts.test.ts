import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Alert } from '../../functions/core/alert.ts';
import { countOccurrences, type KeptAlert } from '../../functions/core/kept-alert.ts';
import { beginAlert } from '../../functions/ledger/alerts.ts';
import { type AdminHarness, startAdmin } from './harness.ts';

const START_MS = Date.parse('2026-11-21T22:00:00Z');
const BASE = '/monitoring/alerts';

let admin: AdminHarness;
const kept: KeptAlert[] = [];

beforeAll(async () => {
  admin = await startAdmin();
  for (let index = 0; index < 12; index += 1) {
    kept.push(
      await keep({
        type: index % 2 === 0 ? 'POSITION_DRIFT' : 'LOCK_TIMEOUT',
        severity: index % 3 === 0 ? 'HIGH' : 'MEDIUM',
        subject: `paper-${index}`,
        message: `Number ${index}.`,
      }),
    );
  }
});
afterAll(() => admin.stop());

/** Keeps an alert, each a minute younger than the one before. */
async function keep(alert: Alert): Promise<KeptAlert> {
  const atMs = START_MS + kept.length * 60_000;
  const counted = { ...alert, occurrences: 1, firstAtMs: atMs, lastAtMs: atMs, delivery: alert.subject };
  const change = countOccurrences(undefined, counted, { ownerId: 'test', nowMs: atMs });
  if (change.kind !== 'begin' || !(await beginAlert(admin.operations, change.alert, undefined))) {
    throw new Error('The alert is not new.');
  }
  return change.alert;
}

const subjects = (items: readonly Readonly<Record<string, unknown>>[]) =>
  items.map(({ subject }) => Number(String(subject).replace('paper-', '')));
const youngest = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

it('alerts are listed newest first, page by page, none twice and none missing', async () => {
  expect(subjects(await admin.walk(`${BASE}?limit=5`))).toEqual(youngest);
  expect(subjects(await admin.walk(`${BASE}?limit=6`))).toEqual(youngest);
  const { body } = await admin.get(`${BASE}?limit=1`);
  expect(body.items).toEqual([
    {
      alertId: kept[11]?.alertId,
      type: 'LOCK_TIMEOUT',
      severity: 'MEDIUM',
      subject: 'paper-11',
      message: 'Number 11.',
      occurrences: 1,
      firstAt: '2026-11-21T22:11:00.000Z',
      lastAt: '2026-11-21T22:11:00.000Z',
      notifications: 0,
      acknowledged: false,
    },
  ]);
});

it.each([
  ['severity=HIGH', [9, 6, 3, 0]],
  ['type=POSITION_DRIFT&severity=HIGH', [6, 0]],
  ['subject=paper-4', [4]],
  ['subject=nobody', []],
  ['from=2026-11-21T22:09:00Z', [11, 10, 9]],
  ['to=2026-11-21T22:01:00Z', [1, 0]],
  ['from=2026-11-21T22:03:00Z&to=2026-11-21T22:05:00Z&type=LOCK_TIMEOUT', [5, 3]],
])('%s lists those', async (query, expected) => {
  expect(subjects(await admin.walk(`${BASE}?limit=2&${query}`))).toEqual(expected);
});

it.each(['severity=BAD', 'type=NONE', 'acknowledged=maybe', 'from=yesterday', 'cursor=bm9uZQ', 'limit=0'])(
  '%s is refused by name',
  async (query) => {
    const { status, body } = await admin.get(`${BASE}?${query}`);
    expect(status).toBe(422);
    expect(body.error.details[0]?.field).toBe(query.split('=')[0]);
  },
);

it('an operator acknowledges one, and the first acknowledgement stands', async () => {
  const path = `${BASE}/${kept[2]?.alertId}/acknowledge`;
  const { status, body } = await admin.post(path, { reason: 'I am on it.' });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    acknowledged: true,
    acknowledgement: { by: 'abc', at: expect.any(String), reason: 'I am on it.' },
  });
  expect(await admin.post(path, { reason: 'Me too.' })).toMatchObject({ status: 200, body });
  expect(subjects(await admin.walk(`${BASE}?acknowledged=true`))).toEqual([2]);
  expect(await admin.walk(`${BASE}?acknowledged=false`)).toHaveLength(11);
});

it('only an operator does, and only what there is', async () => {
  const path = `${BASE}/${kept[3]?.alertId}/acknowledge`;
  expect((await admin.call({ method: 'POST', path, role: 'viewer' })).status).toBe(403);
  expect((await admin.post(`${BASE}/alt_00000000000000000000000000/acknowledge`)).status).toBe(404);
  expect((await admin.post(`${BASE}/nothing/acknowledge`)).status).toBe(404);
  expect((await admin.post(path, { why: 'x' })).status).toBe(422);
});
