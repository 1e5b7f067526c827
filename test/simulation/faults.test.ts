import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, ClientOrderId } from '../../functions/core/ids.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { faultsAt } from './faults.ts';
import type { Fault } from './life.ts';
import { simulatedWorld, type World } from './world.ts';

const KEY = { pk: 'p', sk: 's' };

const put = ({ client, tableName }: Ledger, sk: string) =>
  client.send(
    new PutCommand({
      TableName: tableName,
      Item: { pk: 'p', sk },
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );

/** Puts two items, the first of which meets a fault. */
async function twoPuts(fault: Fault) {
  const world = simulatedWorld();
  const process = world.process({ name: 'one', meets: faultsAt({ at: 1, fault }) });
  const ledger = process.ledger(world.store.ledger);
  const seen: string[] = [];
  const ended = await process.run(async () => {
    for (const sk of ['first', 'second']) {
      await put(ledger, sk).then(
        () => seen.push(`${sk} done`),
        (error: Error) => seen.push(`${sk} ${error.name}`),
      );
    }
  });
  return { ended: ended.kind, seen, stored: stored(world), calls: process.calls() };
}

function stored(world: World): unknown[] {
  return world.store.items(world.store.ledger.tableName).map(({ sk }) => sk);
}

describe('a simulated process', () => {
  it.each([
    ['before-send', { ended: 'died', seen: [], stored: [], calls: 1 }],
    ['answer-lost', { ended: 'died', seen: [], stored: ['first'], calls: 1 }],
    ['after-answer', { ended: 'died', seen: ['first done'], stored: ['first'], calls: 1 }],
    [
      'fails',
      { ended: 'finished', seen: ['first TimeoutError', 'second done'], stored: ['second'], calls: 2 },
    ],
    [
      'loses-answer',
      {
        ended: 'finished',
        seen: ['first TimeoutError', 'second done'],
        stored: ['first', 'second'],
        calls: 2,
      },
    ],
    [
      'repeats',
      {
        ended: 'finished',
        seen: ['first ConditionalCheckFailedException', 'second done'],
        stored: ['first', 'second'],
        calls: 2,
      },
    ],
  ] as const)('whose call meets %s', async (fault, expected) => {
    expect(await twoPuts(fault)).toEqual(expected);
  });

  it('dies with its last answer, too', async () => {
    const world = simulatedWorld();
    const process = world.process({ name: 'one', meets: faultsAt({ at: 1, fault: 'after-answer' }) });
    const told: string[] = [];
    const tell = process.shows((what: string) => told.push(what));
    const ended = await process.run(async () => {
      await put(process.ledger(world.store.ledger), 'first');
      tell('that it is done');
    });
    expect({ ended, told, isDead: process.isDead() }).toEqual({
      ended: { kind: 'died' },
      told: [],
      isDead: true,
    });
  });

  it('counts calls to AWS and to brokers in one sequence', async () => {
    const world = simulatedWorld();
    const process = world.process({ name: 'one' });
    const broker = process.broker(world.venue.broker('account' as AccountId));
    const { client, tableName } = process.ledger(world.store.ledger);
    await process.run(async () => {
      await client.send(new GetCommand({ TableName: tableName, Key: KEY }));
      await broker.lookup({ clientOrderId: 'of1' as ClientOrderId, symbol: 'MNQM5' });
      await broker.place({
        clientOrderId: 'of1' as ClientOrderId,
        leg: 'entry',
        symbol: 'MNQM5',
        side: 'buy',
        type: 'market',
        quantity: decimal(1),
        timeInForce: 'day',
        reduceOnly: false,
      });
    });
    expect(world.trace.show().replaceAll(/ +/g, ' ').split('\n')).toEqual([
      ' +0 ms one 1. dynamodb Get p/s → done',
      ' +0 ms one 2. broker lookup of1 → absent',
      ' +0 ms one 3. broker place entry buy 1 MNQM5 of1 → accepted',
    ]);
  });

  it('that is killed has no timers any more, and what it had sent still arrives', async () => {
    const world = simulatedWorld();
    const process = world.process({ name: 'one', latency: () => ({ toMs: 50, backMs: 50 }) });
    const seen: string[] = [];
    await world.time.run(async () => {
      process.after(100, () => seen.push('a timer'));
      const working = process.run(async () => {
        await put(process.ledger(world.store.ledger), 'first');
        seen.push('an answer');
      });
      await world.time.wait(10);
      process.kill();
      expect(await working).toEqual({ kind: 'died' });
      expect(stored(world)).toEqual([]);
      await world.time.wait(500);
    });
    expect({ seen, stored: stored(world) }).toEqual({ seen: [], stored: ['first'] });
  });
});
