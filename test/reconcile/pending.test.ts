import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '../../functions/engine/execute.ts';
import { findUnrecorded } from '../../functions/ledger/pending.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { seed } from '../support/world.ts';
import { accounts, type Scene, signalFor, startScene } from './support.ts';

const MINUTE_MS = 60_000;

let scene: Scene;

beforeEach(async () => {
  scene = await startScene();
});
afterEach(() => scene.stop());

describe('a store that is short of capacity', () => {
  /** Answers every batch for its first item only, `times` times. */
  function stingy(ledger: Ledger, times: number): Ledger {
    let left = times;
    const send = async (command: Parameters<DynamoDBDocumentClient['send']>[0]) => {
      if (!(command instanceof BatchGetCommand) || left === 0) {
        return ledger.client.send(command);
      }
      left -= 1;
      const [asked] = Object.values(command.input.RequestItems ?? {});
      const [first = {}, ...rest] = asked?.Keys ?? [];
      const RequestItems = { [ledger.tableName]: { ...asked, Keys: [first] } };
      const answer = await ledger.client.send(new BatchGetCommand({ RequestItems }));
      return { ...answer, UnprocessedKeys: { [ledger.tableName]: { Keys: rest } } };
    };
    const client = new Proxy(ledger.client, {
      get: (target, property) => (property === 'send' ? send : Reflect.get(target, property)),
    });
    return { ...ledger, client };
  }

  const requests = () => signalFor(accounts(10), scene.clock.now() - MINUTE_MS);

  it('is asked for the rest again, more slowly each time', async () => {
    const wanted = requests();
    for (const accountId of accounts(10)) {
      await seed(scene.ledger, accountId);
    }
    for (const request of wanted.slice(0, 9)) {
      await execute(scene.engine, request);
    }
    const waits: number[] = [];
    const patience = {
      random: () => 0.5,
      wait: async (durationMs: number) => {
        waits.push(durationMs);
      },
    };

    const found = await findUnrecorded(stingy(scene.ledger, 3), wanted, patience);

    expect(found.map(({ target }) => target)).toEqual([wanted[9]]);
    expect(waits).toEqual([62.5, 125, 250]);
  });

  it('is given up on after a while', async () => {
    const finding = findUnrecorded(stingy(scene.ledger, 100), requests(), scene.engine);

    await expect(finding).rejects.toMatchObject({ code: 'STORE_BUSY', disposition: 'retry' });
  });

  it('is asked for a hundred items at a time', async () => {
    const many = signalFor(accounts(101), scene.clock.now() - MINUTE_MS);

    expect(await findUnrecorded(scene.ledger, [...many, ...many], scene.engine)).toHaveLength(202);
  });
});
