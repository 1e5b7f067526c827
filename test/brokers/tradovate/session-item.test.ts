import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  dropToken,
  keepToken,
  type LoginRight,
  noteFailure,
  readSession,
  type SessionStore,
  sessionKey,
  takeLogin,
} from '../../../functions/brokers/tradovate/session-item.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/dynamodb.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');
const UNTIL_MS = NOW_MS + 6_000;
const RIGHT: LoginRight = { owner: 'first', untilMs: UNTIL_MS };
const TOKEN = { accessToken: 'token', expiresAtMs: NOW_MS + 60_000, obtainedAtMs: NOW_MS };
const FAILURE = { notBeforeMs: NOW_MS + 5_000, failures: 1, isRefused: false };

let dynamoDb: TestDynamoDb;
beforeAll(async () => {
  dynamoDb = await startTestDynamoDb();
});
afterAll(() => dynamoDb.stop());

let logins = 0;

/** The item of a login of its own, with the right to log in taken by `first`. */
async function taken(): Promise<SessionStore> {
  logins += 1;
  const store = { ...dynamoDb.ledger, key: sessionKey('demo', `login-${logins}`) };
  expect(await takeLogin(store, RIGHT, await readSession(store), NOW_MS)).toBe(true);
  return store;
}

/** Rights that are not the one that was taken. */
const OTHERS: readonly (readonly [string, LoginRight])[] = [
  ['somebody else', { owner: 'second', untilMs: UNTIL_MS }],
  ['the same one, who took it another time', { owner: 'first', untilMs: UNTIL_MS + 1 }],
];

describe('the right to log in', () => {
  it('is one holder’s until it lapses', async () => {
    const store = await taken();
    const second = { owner: 'second', untilMs: UNTIL_MS + 6_000 };
    const seen = await readSession(store);
    expect(await takeLogin(store, second, seen, UNTIL_MS)).toBe(false);
    expect(await takeLogin(store, second, seen, UNTIL_MS + 1)).toBe(true);
  });

  it('is not taken by who saw another token than there is', async () => {
    const store = await taken();
    const seen = await readSession(store);
    expect(await keepToken(store, RIGHT, TOKEN)).toBe(true);
    const second = { owner: 'second', untilMs: UNTIL_MS };
    expect(await takeLogin(store, second, seen, NOW_MS)).toBe(false);
    expect(await takeLogin(store, second, { ...seen, accessToken: 'older' }, NOW_MS)).toBe(false);
    expect(await takeLogin(store, second, await readSession(store), NOW_MS)).toBe(true);
  });

  it('to renew is one holder’s until it lapses, and not given before its time after a failure', async () => {
    const store = await taken();
    await keepToken(store, RIGHT, TOKEN);
    const seen = await readSession(store);
    const second = { owner: 'second', untilMs: UNTIL_MS };
    const third = { owner: 'third', untilMs: UNTIL_MS + 6_000 };
    expect(await takeLogin(store, second, seen, NOW_MS)).toBe(true);
    expect(await takeLogin(store, third, seen, UNTIL_MS)).toBe(false);
    expect(await takeLogin(store, third, seen, UNTIL_MS + 1)).toBe(true);
    const notBeforeMs = UNTIL_MS + 60_000;
    expect(await noteFailure(store, third, { ...FAILURE, notBeforeMs }, UNTIL_MS + 2)).toBe(true);
    expect(await takeLogin(store, second, seen, notBeforeMs - 1)).toBe(false);
    expect(await takeLogin(store, second, seen, notBeforeMs)).toBe(true);
  });

  it('is not given before its time after a failure', async () => {
    const store = await taken();
    expect(await noteFailure(store, RIGHT, FAILURE, NOW_MS)).toBe(true);
    const seen = await readSession(store);
    expect(seen).toMatchObject(FAILURE);
    expect(await takeLogin(store, RIGHT, seen, FAILURE.notBeforeMs - 1)).toBe(false);
    expect(await takeLogin(store, RIGHT, seen, FAILURE.notBeforeMs)).toBe(true);
  });

  it.each(OTHERS)('is what a token is kept by: not for %s', async (_, right) => {
    const store = await taken();
    expect(await keepToken(store, right, TOKEN)).toBe(false);
    expect(await readSession(store)).not.toHaveProperty('accessToken');
    expect(await keepToken(store, RIGHT, TOKEN)).toBe(true);
    expect(await readSession(store)).toMatchObject({ accessToken: 'token' });
  });

  it.each(OTHERS)('is what a failure is noted by: not for %s', async (_, right) => {
    const store = await taken();
    expect(await noteFailure(store, right, FAILURE, NOW_MS)).toBe(false);
    expect(await readSession(store)).toMatchObject({ loginOwner: 'first', notBeforeMs: 0, failures: 0 });
  });
});

it('a token is dropped by who was refused with it, and not one that came since', async () => {
  const store = await taken();
  await keepToken(store, RIGHT, TOKEN);
  expect(await dropToken(store, 'older', NOW_MS)).toBe(false);
  expect(await readSession(store)).toMatchObject({ accessToken: 'token' });
  expect(await dropToken(store, 'token', NOW_MS)).toBe(true);
  expect(await readSession(store)).not.toHaveProperty('accessToken');
});
