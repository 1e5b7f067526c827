import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it } from 'vitest';
import type { Broker } from '../../functions/brokers/broker.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { Signal } from '../../functions/core/signal.ts';
import { execute } from '../../functions/engine/execute.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { modelVenue } from '../simulation/model-venue.ts';
import { requestOf, seed, TestClock, testEngine } from '../support/world.ts';

/** What one execution called, and how deep: a call that begins after another has ended is deeper by one. */
async function measure(signal: Partial<Signal>, before: readonly Partial<Signal>[] = []) {
  const table = modelLedger();
  const clock = new TestClock();
  await seed(table.ledger, 'fast');
  const venue = modelVenue({ clock, guarantee: 'PERMANENT', price: decimal(100) });
  const engine = { ...testEngine(table.ledger, clock), createBroker: () => venue.broker('fast' as never) };
  for (const earlier of before) {
    await execute(engine, requestOf('fast', earlier));
  }

  let deepest = 0;
  const commands: object[] = [];
  const depthsOfVenueCalls: number[] = [];
  const send = async (command: object) => {
    const depth = deepest + 1;
    commands.push(command);
    const answer = await table.ledger.client.send(command as never);
    deepest = Math.max(deepest, depth);
    return answer;
  };
  const broker = venue.broker('fast' as never);
  const place: Broker['place'] = (intent) => {
    depthsOfVenueCalls.push(deepest);
    return broker.place(intent);
  };
  const client = Object.create(table.ledger.client, { send: { value: send } });
  const measured = {
    ...engine,
    ledger: { ...table.ledger, client },
    createBroker: () => ({ ...broker, place }),
  };
  const result = await execute(measured, requestOf('fast', signal));
  const writes = commands.filter((command) => !/^(?:Get|BatchGet|Query)/.test(command.constructor.name));
  return {
    result,
    beforeVenue: depthsOfVenueCalls[0],
    afterVenue: deepest - (depthsOfVenueCalls.at(-1) ?? 0),
    writes: writes.length,
    transactions: commands.filter((command) => command instanceof TransactWriteCommand).length,
  };
}

it('an entry takes two sequential calls before the venue, two after it, and no transaction', async () => {
  expect(await measure({})).toMatchObject({
    result: { kind: 'done', execution: { status: 'COMPLETED' } },
    beforeVenue: 2,
    afterVenue: 2,
    writes: 3,
    transactions: 0,
  });
});

it('a protected entry takes one write more', async () => {
  const stopLoss = { type: 'price', price: decimal(95) } as const;
  expect(await measure({ stopLoss })).toMatchObject({
    beforeVenue: 2,
    afterVenue: 2,
    writes: 4,
    transactions: 0,
  });
});

it('an exit is as fast as an entry, and records the trade that it ends beside the rest', async () => {
  expect(await measure({ action: 'exit', quantity: undefined as never }, [{}])).toMatchObject({
    result: { kind: 'done', execution: { status: 'COMPLETED' } },
    beforeVenue: 2,
    afterVenue: 2,
    writes: 4,
  });
});
