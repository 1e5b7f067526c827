import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../../functions/brokers/broker.ts';
import { postPrice } from '../../functions/brokers/paper/book.ts';
import { CLIENT_ORDER_ID_GUARANTEES, type RehearsalFault } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { startTestDynamoDb, TEST_CREDENTIALS, TEST_REGION, type TestDynamoDb } from '../support/dynamodb.ts';
import { FAULTS, faultyLedger } from '../support/faulty-ledger.ts';
import { scaled } from '../support/scale.ts';
import {
  countingCalls,
  first,
  held,
  ID,
  idOf,
  market,
  type PaperVenue,
  pair,
  paperVenue,
  placePair,
  positions,
  ref,
  stop,
} from './support.ts';

/** In the suite the two that differ most. */
const GUARANTEES = CLIENT_ORDER_ID_GUARANTEES.filter(
  (guarantee) => scaled(0, 1) === 1 || guarantee === 'PERMANENT' || guarantee === 'NONE',
);

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** One call that writes, what there is before it, and what there must be after it, however often it was repeated. */
interface Scene {
  readonly what: string;
  readonly faults?: readonly RehearsalFault[];
  readonly before: (venue: PaperVenue) => Promise<unknown>;
  readonly call: (broker: Broker, venue: PaperVenue, ledger: Ledger) => Promise<unknown>;
  /** What the call answers when nothing is lost, or only what its client repeats by itself. */
  readonly answers: string | undefined;
  readonly holds: readonly string[];
  readonly position: string;
}

const protectedPosition = async ({ broker }: PaperVenue) => {
  await broker.place(market({ clientOrderId: idOf('entry') }));
  await broker.place(stop({ clientOrderId: idOf('stop') }));
};

const longPosition = ({ broker }: PaperVenue) => broker.place(market({ clientOrderId: idOf('entry') }));

const pairedPosition = async (venue: PaperVenue) => {
  await longPosition(venue);
  await placePair(venue.broker);
};

const SCENES: readonly Scene[] = [
  {
    what: 'a market order',
    before: async () => undefined,
    call: (broker) => broker.place(market()),
    answers: 'accepted',
    holds: ['FILLED 3'],
    position: '3',
  },
  {
    what: 'a market order whose place is counted for a rehearsal',
    faults: [{ kind: 'partial-fill', on: 'place', when: { type: 'always' } }],
    before: async () => undefined,
    call: (broker) => broker.place(market()),
    answers: 'accepted',
    holds: ['PARTIALLY_FILLED 1'],
    position: '1',
  },
  {
    what: 'a market order that triggers a stop',
    before: protectedPosition,
    call: (broker) => broker.place(market({ side: 'sell', quantity: 1, price: 95 })),
    answers: 'accepted',
    holds: ['FILLED 1', 'FILLED 3', 'FILLED 3'],
    position: '-1',
  },
  {
    what: 'a stop order',
    before: async () => undefined,
    call: (broker) => broker.place(stop()),
    answers: 'accepted',
    holds: ['NEW 0'],
    position: '0',
  },
  {
    what: 'a price that triggers a stop',
    before: protectedPosition,
    call: (_, { book }, ledger) => postPrice({ ...book, ...ledger }, 'MNQM5', decimal(95)),
    answers: undefined,
    holds: ['FILLED 3', 'FILLED 3'],
    position: '0',
  },
  {
    what: 'a cancel',
    before: protectedPosition,
    call: (broker) => broker.cancel(ref(idOf('stop'))),
    answers: 'accepted',
    holds: ['CANCELED 0', 'FILLED 3'],
    position: '3',
  },
  {
    what: 'a cancel that comes too late',
    faults: [{ kind: 'late-fill', on: 'cancel', when: { type: 'always' } }],
    before: protectedPosition,
    call: (broker) => broker.cancel(ref(idOf('stop'))),
    answers: 'accepted',
    holds: ['FILLED 3', 'FILLED 3'],
    position: '0',
  },
  {
    what: 'a pair',
    before: longPosition,
    call: (broker) => placePair(broker),
    answers: 'accepted',
    holds: ['FILLED 3', 'NEW 0', 'NEW 0'],
    position: '3',
  },
  {
    what: 'a price that fills one order of a pair',
    before: pairedPosition,
    call: (_, { book }, ledger) => postPrice({ ...book, ...ledger }, 'MNQM5', decimal(111)),
    answers: undefined,
    holds: ['CANCELED 0', 'FILLED 3', 'FILLED 3'],
    position: '0',
  },
  {
    what: 'a cancel of one order of a pair',
    before: pairedPosition,
    call: (broker) => broker.cancel(ref(pair().stopLoss.clientOrderId)),
    answers: 'accepted',
    holds: ['CANCELED 0', 'CANCELED 0', 'FILLED 3'],
    position: '3',
  },
  {
    what: 'a lookup that a late fill waits for',
    before: (venue) => venue.through(store.ledger, [first('late-fill', 'place')]).place(market()),
    call: (broker) => broker.lookup(ref(ID)),
    answers: 'found',
    holds: ['FILLED 3'],
    position: '3',
  },
];

const kindOf = (outcome: unknown) => (outcome as { kind?: string } | undefined)?.kind;

async function expectScene(venue: PaperVenue, { holds, position }: Scene, context: string) {
  expect((await held(venue)).sort(), context).toEqual(holds);
  expect(await positions(venue), context).toEqual({ told: position, summed: position });
}

describe.each(SCENES)('$what', (scene) => {
  it('fills nothing twice when any call to the store fails or is lost, and the caller repeats', async () => {
    const dry = paperVenue(store.ledger);
    await scene.before(dry);
    const counting = countingCalls(store.ledger);
    await scene.call(dry.through(counting.ledger, scene.faults), dry, counting.ledger);
    expect(counting.calls()).toBeGreaterThan(1);

    for (let at = 1; at <= counting.calls(); at += 1) {
      for (const fault of FAULTS) {
        const venue = paperVenue(store.ledger);
        await scene.before(venue);
        const faulty = faultyLedger(store.ledger, at, fault);
        const broken = scene.call(venue.through(faulty.ledger, scene.faults), venue, faulty.ledger);
        await expect(broken, `call ${at} ${fault}`).rejects.toThrow();

        await scene.call(venue.through(store.ledger, scene.faults), venue, store.ledger);

        await expectScene(venue, scene, `call ${at} ${fault}`);
      }
    }
  });

  it.each(GUARANTEES)(
    'is done once, and said to be, when the client repeats what got no answer (%s)',
    async (guarantee) => {
      const dry = paperVenue(store.ledger, guarantee);
      await scene.before(dry);
      const counting = countingCalls(store.ledger);
      await scene.call(dry.through(counting.ledger, scene.faults), dry, counting.ledger);

      for (let at = 1; at <= counting.calls(); at += 1) {
        const venue = paperVenue(store.ledger, guarantee);
        await scene.before(venue);
        const forgetful = losingAnswer(at);

        const outcome = await scene.call(
          venue.through(forgetful.ledger, scene.faults),
          venue,
          forgetful.ledger,
        );

        expect(forgetful.attempts(), `call ${at}`).toBe(counting.calls() + 1);
        const answers = guarantee === 'NONE' && scene.answers === 'found' ? 'absent' : scene.answers;
        expect(kindOf(outcome), `call ${at}`).toBe(answers);
        await expectScene(venue, scene, `call ${at}`);
        forgetful.stop();
      }
    },
  );
});

/** A ledger whose client loses the answer to its nth attempt, and repeats the request by itself, as in production. */
function losingAnswer(at: number) {
  let attempts = 0;
  const client = new DynamoDBClient({
    endpoint: store.endpoint,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
    maxAttempts: 3,
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      attempts += 1;
      const isLost = attempts === at;
      const answer = await next(args);
      if (isLost) {
        throw Object.assign(new Error('No answer came.'), { name: 'TimeoutError' });
      }
      return answer;
    },
    // Behind the repetition, before the network.
    { step: 'finalizeRequest', priority: 'low' },
  );
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    ledger: { ...store.ledger, client: documents },
    attempts: () => attempts,
    stop: () => client.destroy(),
  };
}
