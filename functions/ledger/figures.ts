import { hash } from 'node:crypto';
import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { COUNTERS, type Counter, type Figures } from '../core/figures.ts';
import {
  bucketOf,
  type Histogram,
  LATENCY_BOUNDS_MS,
  LATENCY_STAGES,
  type LatencyStage,
} from '../core/latency.ts';
import { mapInParallel } from '../shared/parallel.ts';
import { type Operations, operationsKeys } from './operations-table.ts';
import { conditionally } from './table.ts';

/** The figures of some minutes together. */
export interface FiguresSum {
  readonly counts: Readonly<Record<Counter, number>>;
  /** Refused signals by the code of the reason. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly latencies: Readonly<
    Record<LatencyStage, { readonly histogram: Histogram; readonly sumMs: number }>
  >;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const RETENTION_SECONDS = 30 * 24 * 3_600;
const HOURS_AT_ONCE = 4;
const MARK_CHARACTERS = 8;

/** What the attributes of an item are called that are not counters. */
const REFUSAL_PREFIX = 'refused#';
const bucketName = (stage: LatencyStage, bucket: number): string => `${stage}#${bucket}`;
const sumName = (stage: LatencyStage): string => `${stage}Ms`;

/** Figures of one minute, and which part of the ledger's stream they are of. */
export interface Portion {
  /** Some moment in the minute. */
  readonly atMs: number;
  /** The places of the first and the last change that were counted: see `placeOf`. */
  readonly first: string;
  readonly last: string;
  readonly figures: Figures;
}

/**
 * Adds a portion to the figures of its minute, unless one that begins or ends with the same change is in them already: a
 * delivery of the stream that is repeated, whole or in halves, is not counted again. Minutes are forgotten after 30 days.
 *
 * @returns whether anything was added
 */
export async function addFigures(operations: Operations, portion: Portion): Promise<boolean> {
  const { atMs, first, last, figures } = portion;
  const numbers = Object.entries(numbersOf(figures));
  if (numbers.length === 0) {
    return false;
  }
  const expiresAtSeconds = Math.floor(atMs / 1_000) + RETENTION_SECONDS;
  const names = Object.fromEntries(numbers.map(([name], index) => [`#${index}`, name]));
  const values = Object.fromEntries(numbers.map(([, number], index) => [`:${index}`, number]));
  const additions = numbers.map((_, index) => `#${index} :${index}`).join(', ');
  const { written } = await conditionally(() =>
    operations.client.send(
      new UpdateCommand({
        TableName: operations.tableName,
        Key: keyOf(atMs),
        UpdateExpression: `SET expiresAtSeconds = :expiry ADD counted :ends, ${additions}`,
        ConditionExpression: 'NOT contains(counted, :first) AND NOT contains(counted, :last)',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: {
          ...values,
          ':expiry': expiresAtSeconds,
          ':ends': new Set([markOf(first), markOf(last)]),
          ':first': markOf(first),
          ':last': markOf(last),
        },
      }),
    ),
  );
  return written;
}

/** The figures of all minutes that begin in `[fromMs, toMs]`, added up. One query for each hour. */
export async function sumFigures(operations: Operations, fromMs: number, toMs: number): Promise<FiguresSum> {
  const hours: number[] = [];
  for (let hourMs = fromMs - (fromMs % HOUR_MS); hourMs <= toMs; hourMs += HOUR_MS) {
    hours.push(hourMs);
  }
  const minutes = await mapInParallel(hours, HOURS_AT_ONCE, (hourMs) =>
    readHour(operations, hourMs, { from: keyOf(fromMs).sk, to: keyOf(toMs).sk }),
  );
  const sum = new Map<string, number>();
  for (const [name, number] of minutes.flat().flatMap((minute) => Object.entries(minute))) {
    sum.set(name, (sum.get(name) ?? 0) + number);
  }
  return sumOf(sum);
}

/** An hour has 60 items of at most some kilobytes: always one page. */
async function readHour(
  { client, tableName }: Operations,
  hourMs: number,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<readonly Readonly<Record<string, number>>[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :hour AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':hour': keyOf(hourMs).pk, ':from': from, ':to': to },
    }),
  );
  return Items.map(({ pk: _, sk: __, expiresAtSeconds: ___, counted: ____, ...numbers }) =>
    z.parse(z.record(z.string(), z.number()), numbers),
  );
}

/** Short, because a busy minute has a thousand of them, and the item is paid by its size each time. */
function markOf(place: string): string {
  return hash('sha256', place, 'base64url').slice(0, MARK_CHARACTERS);
}

function keyOf(atMs: number) {
  const time = new Date(atMs).toISOString();
  return operationsKeys.figures(
    time.slice(0, 'YYYY-MM-DDTHH'.length),
    time.slice(0, 'YYYY-MM-DDTHH:mm'.length),
  );
}

function numbersOf({ counts, refusals, latenciesMs }: Figures): Readonly<Record<string, number>> {
  const numbers: Record<string, number> = { ...counts };
  for (const [code, count] of Object.entries(refusals)) {
    numbers[`${REFUSAL_PREFIX}${code}`] = count;
  }
  for (const stage of LATENCY_STAGES) {
    for (const latencyMs of latenciesMs[stage]) {
      const name = bucketName(stage, bucketOf(latencyMs));
      numbers[name] = (numbers[name] ?? 0) + 1;
      numbers[sumName(stage)] = (numbers[sumName(stage)] ?? 0) + latencyMs;
    }
  }
  return numbers;
}

function sumOf(numbers: ReadonlyMap<string, number>): FiguresSum {
  const numberOf = (name: string) => numbers.get(name) ?? 0;
  const refusals = [...numbers].filter(([name]) => name.startsWith(REFUSAL_PREFIX));
  return {
    counts: Object.fromEntries(COUNTERS.map((counter) => [counter, numberOf(counter)])) as Record<
      Counter,
      number
    >,
    refusals: Object.fromEntries(refusals.map(([name, count]) => [name.slice(REFUSAL_PREFIX.length), count])),
    latencies: Object.fromEntries(
      LATENCY_STAGES.map((stage) => [
        stage,
        {
          histogram: [...LATENCY_BOUNDS_MS.keys(), LATENCY_BOUNDS_MS.length].map((bucket) =>
            numberOf(bucketName(stage, bucket)),
          ),
          sumMs: numberOf(sumName(stage)),
        },
      ]),
    ) as unknown as FiguresSum['latencies'],
  };
}
