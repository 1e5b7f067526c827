import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { credentialsShape, loginHash } from '../../../functions/brokers/tradovate/credentials.ts';
import { createTradovateMemory } from '../../../functions/brokers/tradovate/memory.ts';
import { sessionKey } from '../../../functions/brokers/tradovate/session-item.ts';
import { intercepted } from '../../support/intercepted-ledger.ts';
import { until } from '../../support/until.ts';
import { ID, intercepted as interceptedCommands, market } from '../support.ts';
import { brokerAt, eachWithVenue, TEST_TIMING, type TestVenue } from './support.ts';

const MINUTE_MS = 60_000;
/** For calls that are to give up soon. */
const IMPATIENT = { ...TEST_TIMING, tokenWaitMs: 20 };
const ORDER = market({ symbol: 'MNQZ6', price: null });

let venue: TestVenue;
eachWithVenue((started) => {
  venue = started;
});

const sentTo = (path: string) => venue.fake.requests.filter((request) => request.path === `/v1${path}`);
const LOGIN = '/auth/accesstokenrequest';

async function sessionItem(): Promise<Record<string, unknown>> {
  const credentials = credentialsShape.parse(venue.secret);
  const { Item = {} } = await venue.ledger.client.send(
    new GetCommand({ TableName: venue.ledger.tableName, Key: sessionKey('demo', loginHash(credentials)) }),
  );
  return Item;
}

/** A fetch whose answers to logins are held back until they are let go. */
function holdingLogins() {
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const held: typeof fetch = async (input, init) => {
    const answer = await fetch(input, { ...init, signal: null });
    await (String(input).endsWith(LOGIN) ? gate : undefined);
    return answer;
  };
  return { held, letGo };
}

describe('the session with Tradovate', () => {
  it('is begun once by twenty environments at the same time, and all of them have it', async () => {
    const brokers = Array.from({ length: 20 }, () => brokerAt(venue));
    const outcomes = await Promise.all(brokers.map((broker) => broker.equity()));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['equity']));
    expect(venue.fake.sessions.logins).toBe(1);
  });

  it('is begun once by twenty calls of one environment, which remembers it', async () => {
    let calls = 0;
    const ledger = intercepted(venue.ledger, async (call) => {
      calls += 1;
      return call();
    });
    const broker = brokerAt(venue, ledger);
    await Promise.all(Array.from({ length: 20 }, () => broker.equity()));
    expect([venue.fake.sessions.logins, calls]).toEqual([1, 3]);
    await broker.equity();
    expect([venue.fake.sessions.logins, calls]).toEqual([1, 3]);
  });

  it('keeps the token in the table, but no credentials', async () => {
    await brokerAt(venue).equity();
    const { accessToken, ...others } = await sessionItem();
    expect(accessToken).toMatch(/^token-1-/);
    expect(venue.secrets.filter((secret) => JSON.stringify(others).includes(secret))).toEqual([]);
    expect(others.expiresAtSeconds).toBe(venue.clock.now() / 1_000 + 86_400);
    expect(Object.keys(others).toSorted()).toEqual([
      'expiresAtMs',
      'expiresAtSeconds',
      'obtainedAtMs',
      'pk',
      'sk',
    ]);
  });

  it('is begun by another environment when the one that was logging in died, once its right has lapsed', async () => {
    const dead = brokerAt(venue, { timing: IMPATIENT, fetch: () => new Promise(() => {}) });
    expect((await dead.place(ORDER)).kind).toBe('busy');
    await until(async () => (await sessionItem()).loginOwner, 'the right to be taken');
    expect((await brokerAt(venue, { timing: IMPATIENT }).place(ORDER)).kind).toBe('busy');
    expect(venue.fake.requests).toEqual([]);

    venue.clock.advance(TEST_TIMING.loginRightMs + 1);
    expect((await brokerAt(venue).place(ORDER)).kind).toBe('accepted');
    expect(venue.fake.sessions.logins).toBe(1);
  });

  it('is not taken over by a login whose answer came when another one had been made', async () => {
    const { held, letGo } = holdingLogins();
    const slow = brokerAt(venue, { timing: IMPATIENT, fetch: held });
    expect((await slow.place(ORDER)).kind).toBe('busy');
    await until(async () => (await sessionItem()).loginOwner, 'the right to be taken');
    venue.clock.advance(TEST_TIMING.loginRightMs + 1);
    const quick = brokerAt(venue);
    await quick.equity();
    const { accessToken } = await sessionItem();

    letGo();
    await until(async () => ((await slow.equity()).kind === 'equity' ? true : undefined), 'the slow one');
    expect((await sessionItem()).accessToken).toBe(accessToken);
    expect(sentTo('/cashBalance/getcashbalancesnapshot').map(({ headers }) => headers.authorization)).toEqual(
      [`Bearer ${accessToken}`, `Bearer ${accessToken}`],
    );
  });

  it('is not begun by an environment that was frozen when it had just taken the right to', async () => {
    const { clock } = venue;
    let takes = 0;
    const ledger = intercepted(venue.ledger, async (call, command) => {
      const result = await call();
      if (command === 'UpdateCommand') {
        takes += 1;
        clock.advance(10 * MINUTE_MS);
      }
      return result;
    });
    expect((await brokerAt(venue, { ...ledger, timing: IMPATIENT }).place(ORDER)).kind).toBe('busy');
    await until(async () => (takes > 0 ? true : undefined), 'the right to be taken');
    expect(venue.fake.sessions.logins).toBe(0);
  });

  it('goes on with a token that could not be written', async () => {
    let writes = 0;
    const ledger = intercepted(venue.ledger, async (call, command) => {
      writes += command === 'UpdateCommand' ? 1 : 0;
      if (writes === 2) {
        throw new Error('The store is down.');
      }
      return call();
    });
    const broker = brokerAt(venue, ledger);
    expect(await broker.equity()).toEqual({ kind: 'equity', equity: '100000' });
    expect((await broker.equity()).kind).toBe('equity');
    expect(venue.fake.sessions.logins).toBe(1);
  });

  it('knows its environments apart', () => {
    expect(createTradovateMemory().environmentId).not.toBe(createTradovateMemory().environmentId);
  });

  it('sends nothing without the store', async () => {
    const ledger = intercepted(venue.ledger, async () => {
      throw new Error('The store is down.');
    });
    expect(await brokerAt(venue, ledger).place(ORDER)).toEqual({
      kind: 'busy',
      retryAfterMs: TEST_TIMING.tokenWaitMs,
      message: 'The session with Tradovate could not be read or written.',
    });
    expect(venue.fake.requests).toEqual([]);
  });
});

describe('a token that is about to end', () => {
  it('is renewed beside the call that goes on with it, and other environments take the new one over', async () => {
    let turns = 0;
    const counted = interceptedCommands(venue.ledger, (command, send) => {
      const isTurn =
        command instanceof UpdateCommand && command.input.UpdateExpression?.includes('loginOwner =');
      turns += isTurn ? 1 : 0;
      return send(command);
    });
    const [one, other] = [brokerAt(venue), brokerAt(venue, counted)];
    await one.equity();
    await other.equity();
    venue.clock.advance(66 * MINUTE_MS);
    expect((await one.equity()).kind).toBe('equity');
    await until(
      async () => (String((await sessionItem()).accessToken).startsWith('renewed-1-') ? true : undefined),
      'the new token in the table',
    );
    const used = async () => {
      await other.equity();
      return venue.fake.requests.at(-1)?.headers.authorization?.includes('renewed-1-') ? true : undefined;
    };
    await until(used, 'the new token to be used');
    expect([venue.fake.sessions.logins, venue.fake.sessions.renewals, turns]).toEqual([1, 1, 0]);
  });

  it('is used as long as it lasts when it cannot be renewed, and then replaced', async () => {
    const broker = brokerAt(venue);
    await broker.equity();
    venue.clock.advance(66 * MINUTE_MS);
    venue.fake.answerNext('/auth/renewaccesstoken', { status: 503, body: 'Service Unavailable' });
    expect((await broker.equity()).kind).toBe('equity');
    await until(async () => (await sessionItem()).failures, 'the note of the failure');
    venue.clock.advance(15 * MINUTE_MS);
    expect((await broker.equity()).kind).toBe('equity');
    expect(venue.fake.sessions.logins).toBe(2);
  });

  it('is given up when its renewal is refused', async () => {
    const broker = brokerAt(venue);
    await broker.equity();
    venue.clock.advance(66 * MINUTE_MS);
    venue.fake.answerNext('/auth/renewaccesstoken', { status: 401, body: 'Access is denied' });
    await broker.equity();
    await until(async () => ((await sessionItem()).accessToken === undefined ? true : undefined), 'its end');
    await until(async () => ((await sessionItem()).loginOwner === undefined ? true : undefined), 'the right');
    expect((await broker.equity()).kind).toBe('equity');
    expect(venue.fake.sessions.logins).toBe(2);
  });

  it('is replaced by a login when it has ended', async () => {
    const broker = brokerAt(venue);
    await broker.equity();
    venue.clock.advance(81 * MINUTE_MS);
    expect((await broker.equity()).kind).toBe('equity');
    expect(venue.fake.sessions.logins).toBe(2);
  });
});

describe('a session that somebody else ended', () => {
  it('is begun anew for the order that noticed, which is placed once', async () => {
    const [one, other] = [brokerAt(venue), brokerAt(venue)];
    await one.equity();
    await other.equity();
    venue.clock.advance(2 * MINUTE_MS);
    venue.fake.sessions.endAll();
    expect((await one.place(ORDER)).kind).toBe('accepted');
    expect((await other.equity()).kind).toBe('equity');
    expect(venue.fake.exchange.orders).toHaveLength(1);
    expect(venue.fake.sessions.logins).toBe(2);
  });

  it('is not begun anew when it is young: logins that end each other would not end', async () => {
    const broker = brokerAt(venue);
    await broker.equity();
    venue.fake.sessions.endAll();
    expect(await broker.place(ORDER)).toEqual({
      kind: 'rejected',
      code: 'UNAUTHORIZED',
      message: 'Tradovate does not let this login do that, although its session is new.',
    });
    expect(await broker.cancel({ clientOrderId: ID, symbol: 'MNQZ6' })).toMatchObject({ kind: 'unknown' });
    expect(venue.fake.sessions.logins).toBe(1);
  });

  it('is begun anew once: a login that may not trade is told so', async () => {
    const broker = brokerAt(venue);
    await broker.equity();
    venue.clock.advance(2 * MINUTE_MS);
    venue.fake.answerNext('/order/placeorder', { status: 401, body: 'Access is denied' });
    venue.fake.answerNext('/order/placeorder', { status: 401, body: 'Access is denied' });
    expect(await broker.place(ORDER)).toMatchObject({ kind: 'rejected', code: 'UNAUTHORIZED' });
    expect(venue.fake.sessions.logins).toBe(2);
  });
});
