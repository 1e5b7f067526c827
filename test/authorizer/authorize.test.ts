import { expect, test } from 'vitest';
import { createAuthorizer } from '../../functions/authorizer/authorize.ts';
import type { TokenHolder } from '../../functions/ledger/tokens.ts';

const OPERATOR: TokenHolder = { tokenId: 'abcdefabcdef', role: 'operator' };
const VIEWER: TokenHolder = { tokenId: '123456123456', role: 'viewer' };
const ANONYMOUS = { role: 'anonymous', tokenId: '' };

/** An authorizer over a few tokens, with a clock that the test moves and a count of look-ups. */
function setUp(tokens: Readonly<Record<string, TokenHolder>> = { good: OPERATOR, reader: VIEWER }) {
  const issued = new Map(Object.entries(tokens));
  const lookedUp: string[] = [];
  let nowMs = 1_000_000;
  const authorize = createAuthorizer({
    findTokenHolder: async (token) => {
      lookedUp.push(token);
      return issued.get(token);
    },
    clock: { now: () => nowMs },
  });
  return {
    authorize,
    issued,
    lookedUp,
    pass: (durationMs: number) => {
      nowMs += durationMs;
    },
  };
}

test.each([
  ['Bearer good', OPERATOR],
  ['bearer good', OPERATOR],
  ['BEARER   good ', OPERATOR],
  ['Bearer reader', VIEWER],
])('%j is recognized', async (header, holder) => {
  expect(await setUp().authorize(header)).toEqual(holder);
});

test.each([
  undefined,
  '',
  'good',
  'Bearer',
  'Bearer ',
  'Bearer unknown',
  'Bearer good good',
  'Bearer good, Bearer good',
  'Basic good',
  'Bearergood',
  'Bearer gööd',
  'Bearer good\n',
  ` Bearer good`,
])('%j is nobody', async (header) => {
  expect(await setUp().authorize(header)).toEqual(ANONYMOUS);
});

test('what cannot be a token is not looked up', async () => {
  const { authorize, lookedUp } = setUp();
  await authorize(undefined);
  await authorize(`Bearer ${'x'.repeat(257)}`);
  await authorize('Bearer {"$gt":""}');
  expect(lookedUp).toEqual([]);
});

test('a valid token is looked up once in 30 seconds', async () => {
  const { authorize, lookedUp, pass, issued } = setUp();
  await authorize('Bearer good');
  pass(29_999);
  await authorize('Bearer good');
  expect(lookedUp).toEqual(['good']);
  issued.delete('good');
  pass(1);
  expect(await authorize('Bearer good')).toEqual(ANONYMOUS);
});

test('remembering does not prolong itself', async () => {
  const { authorize, pass, issued } = setUp();
  await authorize('Bearer good');
  issued.delete('good');
  pass(20_000);
  expect(await authorize('Bearer good')).toEqual(OPERATOR);
  pass(10_000);
  expect(await authorize('Bearer good')).toEqual(ANONYMOUS);
});

test('an unknown token is not remembered: it works as soon as it is issued', async () => {
  const { authorize, issued } = setUp();
  expect(await authorize('Bearer new')).toEqual(ANONYMOUS);
  issued.set('new', VIEWER);
  expect(await authorize('Bearer new')).toEqual(VIEWER);
});

test('the tokens that are remembered are bounded', async () => {
  const tokens = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`token-${index}`, VIEWER]));
  const { authorize, lookedUp } = setUp(tokens);
  for (const token of Object.keys(tokens)) {
    await authorize(`Bearer ${token}`);
  }
  await authorize('Bearer token-1000');
  expect(lookedUp).toHaveLength(1_001);
  await authorize('Bearer token-0');
  expect(lookedUp).toHaveLength(1_002);
});

test('when the look-up fails, so does the authorizer, and it asks again next time', async () => {
  let isDown = true;
  const authorize = createAuthorizer({
    findTokenHolder: async () => {
      if (isDown) {
        throw new Error('down');
      }
      return OPERATOR;
    },
    clock: { now: () => 0 },
  });
  await expect(authorize('Bearer good')).rejects.toThrow('down');
  isDown = false;
  expect(await authorize('Bearer good')).toEqual(OPERATOR);
});
