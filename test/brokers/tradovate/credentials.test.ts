import { describe, expect, it, vi } from 'vitest';
import { ID, market, ref } from '../support.ts';
import { brokerAt, eachWithVenue, type TestVenue } from './support.ts';

const ORDER = market({ symbol: 'MNQZ6', price: null });
const ASKED = ref(ID, 'MNQZ6');

let venue: TestVenue;
eachWithVenue((started) => {
  venue = started;
});

describe('a secret', () => {
  const FIELDS = [
    'name',
    'password',
    'appId',
    'appVersion',
    'deviceId',
    'cid',
    'sec',
    'accountSpec',
    'accountId',
  ];

  it.each(
    FIELDS.flatMap(
      (field) =>
        [
          [field, undefined],
          [field, ''],
          [field, { value: 'hidden-value' }],
        ] as const,
    ),
  )('whose %s is %j is refused by that name, and nothing is sent', async (field, value) => {
    venue.secret = { ...(venue.secret as Record<string, unknown>), [field]: value };
    expect(await brokerAt(venue).place(ORDER)).toEqual({
      kind: 'rejected',
      code: 'UNAUTHORIZED',
      message: `The secret test/brokers/tradovate-main does not have what its venue needs: see ${field}.`,
    });
    expect(venue.fake.requests).toEqual([]);
  });

  it.each([
    ['is missing', undefined],
    ['is not JSON', '{"password":"hidden-value'],
  ])('that %s is refused, and nothing is shown of it', async (_, secret) => {
    venue.secret = secret;
    const outcome = await brokerAt(venue).place(ORDER);
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'UNAUTHORIZED' });
    expect(JSON.stringify(outcome)).not.toContain('hidden-value');
  });

  it('may have its numbers as text', async () => {
    venue.secret = { ...(venue.secret as Record<string, unknown>), cid: 8, accountId: '4711' };
    expect((await brokerAt(venue).place(ORDER)).kind).toBe('accepted');
  });
});

it('no outcome, error or log shows a credential or a token, even if Tradovate repeats them', async () => {
  const logged = vi.spyOn(process.stdout, 'write');
  const { password, sec } = venue.fake.sessions.login;
  const shown: unknown[] = [];
  const broker = brokerAt(venue);
  await broker.equity();
  const echo = `${password} ${sec} token-1-${sec}`;
  for (const answer of [
    { status: 400, body: echo },
    { status: 401, body: echo },
    { status: 403, body: echo },
    { status: 429, body: echo },
    { status: 500, body: echo },
    { status: 200, body: echo },
    { status: 200, body: { 'p-ticket': echo, 'p-time': 1 } },
    { status: 200, body: { errorText: echo } },
  ]) {
    for (const path of ['/order/placeorder', '/command/list', '/position/list', '/order/list']) {
      venue.fake.answerNext(path, answer);
    }
    shown.push(await broker.place(ORDER), await broker.lookup(ASKED), await broker.cancel(ASKED));
    shown.push(await broker.positions(), await broker.orders(1).catch((error: unknown) => String(error)));
    venue.clock.advance(3_600_000);
  }
  venue.fake.sessions.login = { ...venue.fake.sessions.login, password: 'another' };
  venue.clock.advance(3_600_000);
  shown.push(await broker.place(ORDER), await broker.equity());
  const all = JSON.stringify([shown, logged.mock.calls.map(([text]) => String(text))]);
  logged.mockRestore();
  expect(shown).toHaveLength(42);
  expect([password, sec].filter((secret) => all.includes(secret))).toEqual([]);
});
