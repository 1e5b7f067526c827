import { describe, expect, it } from 'vitest';
import { ID, market } from '../support.ts';
import { brokerAt, eachWithVenue, type TestVenue } from './support.ts';

const MINUTE_MS = 60_000;
const LOGIN = '/auth/accesstokenrequest';
const ORDER = market({ symbol: 'MNQZ6', price: null });

let venue: TestVenue;
eachWithVenue((started) => {
  venue = started;
});

const sentTo = (path: string) => venue.fake.requests.filter((request) => request.path === `/v1${path}`);

describe('a login that fails', () => {
  const HOUR_MS = 60 * MINUTE_MS;
  it.each([
    ['a 503', { status: 503, body: 'Service Unavailable' }, 'busy', 5_000],
    [
      'a refusal',
      { status: 200, body: { errorText: 'Incorrect username or password.' } },
      'rejected',
      15 * MINUTE_MS,
    ],
    ['a 401', { status: 401, body: 'Access is denied' }, 'rejected', 15 * MINUTE_MS],
    ['a 302', { status: 302, body: '' }, 'busy', 5_000],
    ['a 404', { status: 404, body: '' }, 'busy', 5_000],
    ['no token', { status: 200, body: { userId: 7 } }, 'busy', 5_000],
    ['no expiry', { status: 200, body: { accessToken: 'a-token', expirationTime: 'soon' } }, 'busy', 5_000],
    ['nonsense', { status: 200, body: '<html>' }, 'busy', 5_000],
    ['a penalty', { status: 200, body: { 'p-ticket': 'a-ticket', 'p-time': 17 } }, 'busy', 17_000],
    [
      'a captcha',
      { status: 200, body: { 'p-ticket': 'a-ticket', 'p-time': 17, 'p-captcha': true } },
      'busy',
      HOUR_MS,
    ],
    ['a 429', { status: 429, body: '' }, 'busy', HOUR_MS],
    ['a 423', { status: 423, body: '' }, 'busy', HOUR_MS],
  ])('with %s is not repeated by anybody before its time', async (_, answer, kind, waitMs) => {
    venue.fake.answerNext(LOGIN, answer);
    expect((await brokerAt(venue).place(ORDER)).kind).toBe(kind);
    venue.clock.advance(waitMs - 1);
    expect((await brokerAt(venue).place(ORDER)).kind).toBe(kind);
    expect(sentTo(LOGIN)).toHaveLength(1);
    venue.clock.advance(1);
    expect((await brokerAt(venue).place(ORDER)).kind).toBe('accepted');
    expect(sentTo(LOGIN)).toHaveLength(2);
  });

  it('with a penalty is repeated with its ticket', async () => {
    venue.fake.answerNext(LOGIN, { status: 200, body: { 'p-ticket': 'a-ticket', 'p-time': 17 } });
    await brokerAt(venue).equity();
    venue.clock.advance(17_000);
    await brokerAt(venue).equity();
    const [first, second] = sentTo(LOGIN).map(({ body }) => JSON.parse(body));
    expect(second).toEqual({ ...first, 'p-ticket': 'a-ticket' });
  });

  it('again and again waits longer each time, five minutes at most', async () => {
    const waits: unknown[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      venue.fake.answerNext(LOGIN, { status: 503, body: '' });
      const outcome = await brokerAt(venue).place(ORDER);
      const waitMs = outcome.kind === 'busy' ? outcome.retryAfterMs : 0;
      waits.push(waitMs);
      venue.clock.advance(waitMs);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });
});

describe('credentials that are rotated', () => {
  it('are another login: the old token is used no more', async () => {
    const broker = brokerAt(venue);
    await broker.equity();
    const login = { ...venue.fake.sessions.login, password: 'another-password' };
    venue.fake.sessions.login = login;
    venue.secret = { ...login, accountSpec: 'DEMO4711', accountId: 4711 };
    venue.clock.advance(MINUTE_MS);
    await broker.equity();
    const used = sentTo('/cashBalance/getcashbalancesnapshot').map(({ headers }) => headers.authorization);
    expect(new Set(used).size).toBe(2);
    expect(venue.fake.sessions.logins).toBe(2);
  });

  it('work at once after the old ones were refused', async () => {
    const broker = brokerAt(venue);
    const login = { ...venue.fake.sessions.login, password: 'another-password' };
    venue.fake.sessions.login = login;
    expect(await broker.place(ORDER)).toMatchObject({ kind: 'rejected', code: 'UNAUTHORIZED' });
    venue.secret = { ...login, accountSpec: 'DEMO4711', accountId: 4711 };
    expect((await broker.place(ORDER)).kind).toBe('accepted');
  });
});

describe.each([
  ['a 429', { status: 429, body: '' }],
  ['a 423', { status: 423, body: '' }],
  ['a captcha', { status: 200, body: { 'p-ticket': 'a-ticket', 'p-time': 5, 'p-captcha': true } }],
])('after %s', (_, answer) => {
  it('nobody sends anything for an hour', async () => {
    const broker = brokerAt(venue);
    await broker.equity();
    venue.fake.answerNext('/order/placeorder', answer);
    expect(await broker.place(ORDER)).toMatchObject({ kind: 'busy', retryAfterMs: 60 * MINUTE_MS });
    const sent = venue.fake.requests.length;

    venue.clock.advance(60 * MINUTE_MS - 1);
    expect(await broker.place(ORDER)).toMatchObject({ kind: 'busy', retryAfterMs: 1 });
    expect(await brokerAt(venue).place(ORDER)).toMatchObject({ kind: 'busy', retryAfterMs: 1 });
    expect(await broker.lookup({ clientOrderId: ID, symbol: 'MNQZ6' })).toMatchObject({ kind: 'unknown' });
    expect(await broker.cancel({ clientOrderId: ID, symbol: 'MNQZ6' })).toMatchObject({ kind: 'busy' });
    expect(venue.fake.requests).toHaveLength(sent);

    venue.clock.advance(1);
    expect((await broker.place(ORDER)).kind).toBe('accepted');
  });
});
