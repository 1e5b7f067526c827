import { randomUUID } from 'node:crypto';
import type { Context } from 'aws-lambda';
import { beginInvocation, LINES } from '../../../functions/shared/telemetry.ts';
import { seededRandom } from '../../simulation/random.ts';
import { CountingLogger } from '../model/counting-logger.ts';
import { type Price, priceOfMillion } from '../model/prices.ts';
import { publishedDelays, Traffic } from '../model/traffic.ts';
import { atMost, type Row } from '../rows.ts';
import { unitsOf } from './counts.ts';

const SIGNALS = 200;
export const MEMORY_MB = { ingest: 512, strategy: 512 } as const;
/** What Lambda asks of SQS for each delivery: to receive a message and to delete it. Idle polls are not counted. */
export const POLLER_REQUESTS = 2;
/** API Gateway's access line; Lambda's own lines are switched off below warnings. */
export const ACCESS_LOG_BYTES = 400;

/** What a signal with one order uses and costs, on average, with a venue that takes so long. */
interface SignalCost {
  readonly price: Price;
  /** Of Onefill's own lines. */
  readonly logBytes: number;
}

export async function costOfSignal(brokerMs: number): Promise<SignalCost> {
  const logger = new CountingLogger({ ...LINES, serviceName: 'strategy', logLevel: 'INFO' });
  beginInvocation(logger, { awsRequestId: randomUUID() } as Context);
  const traffic = new Traffic(publishedDelays(seededRandom(1), brokerMs), { logger });
  return traffic.world.time.run(async () => {
    await traffic.configure(1);
    await sendOne(traffic, 'warm');
    traffic.forget();
    logger.bytes = 0;
    for (let number = 0; number < SIGNALS; number += 1) {
      await sendOne(traffic, `signal-${number}`);
    }
    const { invocations, calls, metered } = traffic;
    const each = (total: number) => total / SIGNALS;
    const billed = invocations.reduce(
      (total, { role, durationMs }) => total + Math.ceil(durationMs) * MEMORY_MB[role],
      0,
    );
    const requests = calls.filter(({ service }) => service === 'sqs').length + SIGNALS * POLLER_REQUESTS;
    const price = priceOfMillion({
      httpApiRequests: 1,
      lambdaInvocations: each(invocations.length),
      megabyteMilliseconds: each(billed),
      sqsFifoRequests: each(requests),
      writeUnits: each(unitsOf(metered, 'writeUnits')),
      readUnits: each(unitsOf(metered, 'readUnits')),
      logBytes: each(logger.bytes) + ACCESS_LOG_BYTES,
    });
    return { price, logBytes: each(logger.bytes) };
  });
}

async function sendOne(traffic: Traffic, id: string): Promise<void> {
  // Signals of a webhook do not come in one moment; a long pause would only begin a new rate window.
  await traffic.world.time.wait(2_000);
  await traffic.send(0, { id, symbol: 'MNQM5', action: 'buy', quantity: 1, price: 100 });
  await traffic.drained();
}

/** The modelled bill, by venue latency, and its largest parts. */
export async function costRows(): Promise<Row[]> {
  const at = {
    20: await costOfSignal(20),
    50: await costOfSignal(50),
    200: await costOfSignal(200),
  } as const;
  const rows: Row[] = Object.entries(at).map(([brokerMs, { price }]) => ({
    id: `cost-${brokerMs}`,
    what: `cost of a million signals with one order, venue at ${brokerMs} ms`,
    source: 'modelled',
    figure: price.totalUsd,
    unit: 'USD',
    ...(brokerMs === '50' ? { target: atMost(8), knownMiss: 8.8 } : {}),
  }));
  for (const [part, usd] of Object.entries(at[50].price.partsUsd)) {
    const id = `cost-part-${part.replaceAll(' ', '-').toLowerCase()}`;
    rows.push({ id, what: `of which ${part}, venue at 50 ms`, source: 'modelled', figure: usd, unit: 'USD' });
  }
  const { logBytes } = at[50];
  rows.push({
    id: 'log-bytes',
    what: 'own log bytes of an order',
    source: 'counted',
    figure: Math.round(logBytes),
    unit: 'B',
    target: atMost(1_024),
  });
  return rows;
}
