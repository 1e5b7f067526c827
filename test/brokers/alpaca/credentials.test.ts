import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBroker } from '../../../functions/brokers/create-broker.ts';
import { DEFAULT_ACCOUNT_LIMITS } from '../../../functions/core/configuration.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { AccountId } from '../../../functions/core/ids.ts';
import { NO_VENUES } from '../../support/no-venues.ts';
import { KEYS, startAlpaca, type TestAlpaca } from '../fakes/alpaca/start-alpaca.ts';
import { answering, orderAt } from './answering.ts';
import { buy, limitAt, refTo } from './intents.ts';

const ROTATED = { keyId: 'PKROTATED00000000000', secretKey: 'rotated/Secret' };

let test: TestAlpaca;
beforeEach(async () => {
  test = await startAlpaca();
  test.alpaca.exchange.post('AAPL', decimal(100));
});
afterEach(() => test.venue.close());

const resting = (name: string) => buy(limitAt(90), { clientOrderId: name as never });

describe('the credentials of an account at Alpaca', () => {
  it('are read once and sent with every request', async () => {
    await test.broker.place(resting('one'));
    await test.broker.lookup(refTo(resting('one')));
    await test.broker.positions();
    expect(test.secretReads()).toBe(1);
    expect(test.venue.requests).toHaveLength(3);
  });

  it('rotate without a restart: an order is placed once, with the new ones', async () => {
    await test.broker.place(resting('one'));
    test.alpaca.keys = ROTATED;
    test.secret = JSON.stringify(ROTATED);
    expect(await test.broker.place(resting('two'))).toMatchObject({ kind: 'accepted' });
    expect(await test.broker.cancel(refTo(resting('one')))).toEqual({ kind: 'accepted' });
    expect(test.alpaca.exchange.orders.map(({ clientOrderId }) => clientOrderId)).toEqual(['one', 'two']);
    expect(test.secretReads()).toBe(2);
  });

  it('that Alpaca refuses are read once more, and the order is not sent again with the same', async () => {
    await test.broker.positions();
    test.alpaca.keys = ROTATED;
    expect(await test.broker.place(resting('one'))).toEqual({
      kind: 'rejected',
      code: 'UNAUTHORIZED',
      message: 'Alpaca refuses the credentials of this account.',
    });
    expect(test.secretReads()).toBe(2);
    expect(test.venue.requests).toHaveLength(2);
    expect(test.alpaca.exchange.orders).toEqual([]);
  });

  it('that were rotated to wrong ones are refused after two attempts', async () => {
    await test.broker.positions();
    test.alpaca.keys = ROTATED;
    test.secret = JSON.stringify({ keyId: 'wrong', secretKey: 'wrong' });
    expect(await test.broker.place(resting('one'))).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(test.venue.requests).toHaveLength(3);
  });

  it.each([
    ['are not stored', undefined],
    ['are no JSON', KEYS.secretKey],
    ['lack a part', JSON.stringify({ keyId: KEYS.keyId })],
    ['have a line break', JSON.stringify({ ...KEYS, secretKey: `${KEYS.secretKey}\nx` })],
    ['are no text for a header', JSON.stringify({ ...KEYS, secretKey: `${KEYS.secretKey}…` })],
  ])('that %s send nothing, and no outcome shows them', async (_, secret) => {
    test.secret = secret;
    const placed = await test.broker.place(resting('one'));
    expect(placed).toMatchObject({ kind: 'rejected', code: 'UNAUTHORIZED' });
    const known = await test.broker.lookup(refTo(resting('one')));
    expect(known).toMatchObject({ kind: 'unknown', cause: 'unavailable' });
    expect(test.venue.requests).toEqual([]);
    expect(JSON.stringify([placed, known])).not.toContain(KEYS.secretKey);
  });

  it('that cannot be read leave an order unsent, to be sent later', async () => {
    const failing = async () => {
      throw new Error(`Secrets Manager is away, ${KEYS.secretKey}`);
    };
    const { broker, asked } = answering([], failing);
    expect(await broker.place(resting('one'))).toEqual({
      kind: 'busy',
      retryAfterMs: 500,
      message: 'The credentials could not be read.',
    });
    expect(asked).toEqual([]);
  });

  it('that come too late send nothing: nobody waits for the answer any more', async () => {
    const { broker, asked, endWait } = answering([[200, orderAt()]], async () => {
      endWait();
      return JSON.stringify(KEYS);
    });
    expect(await broker.place(resting('one'))).toMatchObject({ kind: 'busy' });
    expect(asked).toEqual([]);
  });

  it('decide nothing about where they are sent: the environment does', async () => {
    const asked: string[] = [];
    for (const environment of ['demo', 'live'] as const) {
      const broker = createBroker(
        {
          broker: 'alpaca',
          accountId: 'a' as AccountId,
          enabled: true,
          limits: DEFAULT_ACCOUNT_LIMITS,
          credentials: 'main',
          environment,
        },
        {
          ...NO_VENUES,
          client: undefined as never,
          tableName: 'none',
          clock: Date,
          credentials: { read: async () => KEYS as never, forget: () => undefined },
          fetch: async (input) => {
            asked.push(String(input));
            return Response.json({ equity: '1' });
          },
        },
      );
      await broker.equity();
    }
    expect(asked).toEqual([
      'https://paper-api.alpaca.markets/v2/account',
      'https://api.alpaca.markets/v2/account',
    ]);
  });
});
