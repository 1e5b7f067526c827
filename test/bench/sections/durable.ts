import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import type { AccountId } from '../../../functions/core/ids.ts';
import { modelLedger } from '../../simulation/model-table.ts';
import { modelVenue } from '../../simulation/model-venue.ts';
import { requestOf, seed } from '../../support/world.ts';
import { meanMs, PUBLISHED } from '../model/latencies.ts';
import { Meter } from '../model/meter.ts';
import { priceOfMillion, type Usage } from '../model/prices.ts';
import { durableOrders, watchingCheckpoints } from '../peers/durable-orders.ts';
import { atLeast, type Row, rowsBy } from '../rows.ts';
import { ACCESS_LOG_BYTES, costOfSignal, MEMORY_MB, POLLER_REQUESTS } from './cost.ts';
import { unitsOf } from './counts.ts';

const BROKER_MS = 50;
/** What an ingest function in front of it keeps of Onefill's: claim and rate limit, and its configuration's version. */
const INGEST = { calls: 2, writeUnits: 2, readUnits: 1 } as const;
const STEPS = ['decide', 'place', 'book'] as const;

/** What the same order flow takes as a durable function: counted on the SDK's own local runner. */
interface DurableCounts {
  readonly operations: number;
  readonly checkpoints: number;
  readonly checkpointsBeforeVenue: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

async function countDurable(): Promise<DurableCounts> {
  const { ledger } = modelLedger();
  await seed(ledger, 'paper');
  const meter = new Meter();
  const venue = modelVenue({ guarantee: 'PERMANENT', clock: { now: Date.now } }).broker('paper' as AccountId);
  const counted = { checkpoints: 0, checkpointsBeforeVenue: 0 };
  const handler = durableOrders(
    { ...ledger, client: meter.around(ledger.client) },
    {
      place: (intent) => {
        counted.checkpointsBeforeVenue = counted.checkpoints;
        return venue.place(intent);
      },
    },
  );
  const handlerFunction = watchingCheckpoints(handler, () => {
    counted.checkpoints += 1;
  });
  await LocalDurableTestRunner.setupTestEnvironment();
  try {
    const runner = new LocalDurableTestRunner({ handlerFunction });
    const ended = await runner.run({ payload: requestOf('paper', {}) });
    if (ended.getStatus() !== 'SUCCEEDED') {
      throw new Error(`The durable function: ${ended.getError().errorMessage}`);
    }
    return {
      ...counted,
      // To start is an operation, too.
      operations: 1 + ended.getOperations().length,
      readUnits: unitsOf(meter.entries, 'readUnits'),
      writeUnits: unitsOf(meter.entries, 'writeUnits'),
    };
  } finally {
    await LocalDurableTestRunner.teardownTestEnvironment();
  }
}

/** Onefill against what a user would write with an engine for workflows. */
export async function durableRows(): Promise<Row[]> {
  const onefill = await costOfSignal(BROKER_MS);
  const durable = await countDurable();
  const logBytes = onefill.logBytes + ACCESS_LOG_BYTES;
  const durableUsd = priceOfMillion(asDurableFunction(durable, logBytes)).totalUsd;
  const statesUsd = priceOfMillion(asStateMachine(durable, logBytes)).totalUsd;
  const onefillUsd = onefill.price.totalUsd;
  const counted = rowsBy('counted');
  const modelled = rowsBy('modelled');
  const at = `venue at ${BROKER_MS} ms`;
  return [
    counted('durable-operations', 'durable function: operations, its start among them', durable.operations),
    counted('durable-checkpoints', 'durable function: checkpoints', durable.checkpoints),
    counted(
      'durable-checkpoints-before',
      'durable function: checkpoints one after the other before the venue',
      durable.checkpointsBeforeVenue,
    ),
    modelled(
      'durable-before-venue',
      'durable function: checkpoints before the venue',
      durable.checkpointsBeforeVenue * PUBLISHED.checkpoint.p50Ms,
      { unit: 'ms' },
    ),
    modelled('durable-cost', `durable function: cost of a million signals, ${at}`, durableUsd, {
      unit: 'USD',
    }),
    modelled('states-cost', `Step Functions Standard: cost of a million signals, ${at}`, statesUsd, {
      unit: 'USD',
    }),
    modelled('durable-ratio', `durable function ÷ Onefill, cost, ${at}`, durableUsd / onefillUsd, {
      target: atLeast(3),
    }),
    modelled('states-ratio', `Step Functions Standard ÷ Onefill, cost, ${at}`, statesUsd / onefillUsd, {
      target: atLeast(10),
    }),
  ];
}

const callMs = meanMs(PUBLISHED.dynamodb);

/** Behind the same ingest function and queue. */
function asDurableFunction(counts: DurableCounts, logBytes: number): Partial<Usage> {
  const checkpointsMs = counts.checkpoints * PUBLISHED.checkpoint.p50Ms;
  const executionMs = checkpointsMs + 2 * callMs + BROKER_MS;
  return {
    httpApiRequests: 1,
    lambdaInvocations: 2,
    megabyteMilliseconds: INGEST.calls * callMs * MEMORY_MB.ingest + executionMs * MEMORY_MB.strategy,
    sqsFifoRequests: 1 + POLLER_REQUESTS,
    readUnits: INGEST.readUnits + counts.readUnits,
    writeUnits: INGEST.writeUnits + counts.writeUnits,
    logBytes,
    durableOperations: counts.operations,
  };
}

/**
 * The same steps as a state machine, each a function of its own: as few transitions as it can have, and without the
 * queue that would keep an account's signals in order.
 */
function asStateMachine(counts: DurableCounts, logBytes: number): Partial<Usage> {
  return {
    httpApiRequests: 1,
    lambdaInvocations: 1 + STEPS.length,
    megabyteMilliseconds:
      INGEST.calls * callMs * MEMORY_MB.ingest + (2 * callMs + BROKER_MS) * MEMORY_MB.strategy,
    readUnits: INGEST.readUnits + counts.readUnits,
    writeUnits: INGEST.writeUnits + counts.writeUnits,
    logBytes,
    stateTransitions: 1 + STEPS.length,
  };
}
