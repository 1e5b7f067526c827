import { GetCommand, PutCommand, UpdateCommand, type UpdateCommandOutput } from '@aws-sdk/lib-dynamodb';
import {
  bucketStartMs,
  type Circuit,
  type CircuitOutcome,
  type ClosedCircuit,
  isStaleBucket,
  PROBE_DURATION_MS,
} from '../core/circuit.ts';
import type { CircuitSettings } from '../core/configuration.ts';
import type { ExecutionId, StrategyId } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import {
  attributesOf,
  crashesIn,
  failuresIn,
  inEpoch,
  probeIn,
  readCircuitItem,
  successesIn,
} from './circuit-item.ts';
import { type Conditional, conditionally, keys, type Ledger } from './table.ts';

/** An execution and its strategy's circuit as it was read before the execution went on. */
export interface CircuitSubject {
  readonly strategyId: StrategyId;
  readonly executionId: ExecutionId;
  readonly circuit: Circuit;
  readonly settings: CircuitSettings;
  readonly nowMs: number;
}

/** How a call ended for which the circuit was read before. */
export interface CircuitReport extends CircuitSubject {
  readonly outcome: CircuitOutcome;
}

/** The circuit of a strategy as it is now. */
export async function readCircuit(ledger: Ledger, strategyId: StrategyId): Promise<Circuit> {
  const { Item } = await ledger.client.send(
    new GetCommand({
      TableName: ledger.tableName,
      Key: keys.circuit(strategyId),
      ConsistentRead: true,
    }),
  );
  return readCircuitItem(Item);
}

/**
 * Takes a slot that is free, expired or the execution's own already, unless the execution has another one, which a
 * reader of an older state of the circuit cannot know. Safe to repeat.
 */
export function takeSlot(
  ledger: Ledger,
  request: CircuitSubject,
  slot: number,
): Promise<Conditional<unknown>> {
  const epoch = inEpoch(request.circuit.epoch);
  const others = Array.from({ length: request.settings.halfOpenProbes }, (_, other) => other)
    .filter((other) => other !== slot)
    // Also true of a slot that nobody has: what does not exist is not equal to anything.
    .map((other) => `AND ${probeIn(other)}.executionId <> :me`);
  return conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.circuit(request.strategyId),
        UpdateExpression: 'SET #slot = :probe',
        ConditionExpression:
          `${epoch.condition} AND (attribute_not_exists(#slot) OR #slot.executionId = :me OR ` +
          `#slot.expiresAtMs <= :lapsed) ${others.join(' ')}`,
        ExpressionAttributeNames: { '#slot': probeIn(slot) },
        ExpressionAttributeValues: {
          ...epoch.values,
          ':probe': {
            executionId: request.executionId,
            expiresAtMs: request.nowMs + PROBE_DURATION_MS,
          },
          ':me': request.executionId,
          ':lapsed': request.nowMs - TIMING.clockSkewMs,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
}

/** Counts one call and what was remembered; what left the window goes, so that the item stays as small as a window. */
export function countCall(
  ledger: Ledger,
  report: CircuitReport & { readonly circuit: ClosedCircuit },
  remembered: Readonly<Record<number, number>>,
) {
  const { circuit, settings, outcome, nowMs } = report;
  const bucketMs = bucketStartMs(settings, nowMs);
  const added = new Map(
    Object.entries(remembered).map(([startMs, successes]) => [successesIn(Number(startMs)), successes]),
  );
  if (outcome === 'success') {
    added.set(successesIn(bucketMs), (added.get(successesIn(bucketMs)) ?? 0) + 1);
  } else {
    added.set(failuresIn(bucketMs), 1).set('consecutiveFailures', 1);
  }
  if (outcome === 'crash') {
    added.set(crashesIn(bucketMs), 1);
  }
  const stale = Object.keys(circuit.buckets)
    .map(Number)
    .filter((startMs) => isStaleBucket(startMs, settings, nowMs))
    .flatMap((startMs) => [failuresIn(startMs), successesIn(startMs), crashesIn(startMs)]);
  return updateInEpoch(ledger, report, {
    UpdateExpression:
      `SET #state = :closed${outcome === 'success' ? ', consecutiveFailures = :none' : ''} ` +
      `ADD ${[...added.keys()].map((name) => `${name} :${name}`).join(', ')}` +
      (stale.length > 0 ? ` REMOVE ${stale.join(', ')}` : ''),
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':closed': 'closed',
      ...(outcome === 'success' ? { ':none': 0 } : {}),
      ...Object.fromEntries([...added].map(([name, calls]) => [`:${name}`, calls])),
    },
  });
}

/** Counts a probe that went well and frees its slot in one write, so that it counts once however often it is repeated. */
export function countProbe(ledger: Ledger, report: CircuitReport, slot: number) {
  return updateInEpoch(ledger, report, {
    UpdateExpression: 'ADD probeSuccesses :one REMOVE #slot',
    ConditionExpression: '#slot.executionId = :me',
    ExpressionAttributeNames: { '#slot': probeIn(slot) },
    ExpressionAttributeValues: { ':one': 1, ':me': report.executionId },
  });
}

/** One write that takes effect only while the circuit is in the state in which the report was begun. */
function updateInEpoch(
  ledger: Ledger,
  report: CircuitReport,
  update: {
    readonly UpdateExpression: string;
    readonly ConditionExpression?: string;
    readonly ExpressionAttributeNames: Record<string, string>;
    readonly ExpressionAttributeValues: Record<string, unknown>;
  },
): Promise<Conditional<UpdateCommandOutput>> {
  const epoch = inEpoch(report.circuit.epoch);
  return conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.circuit(report.strategyId),
        ...update,
        ConditionExpression: [epoch.condition, update.ConditionExpression].filter(Boolean).join(' AND '),
        ExpressionAttributeValues: { ...epoch.values, ...update.ExpressionAttributeValues },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
}

/**
 * Changes the state: the whole item is replaced, on the condition that nobody has changed it since `from`, so that it
 * happens once, and what was counted goes in the same write.
 *
 * @param change.mark tells this change from another's when the SDK repeats the write after a lost answer
 * @returns whether this change was made, and the circuit as it is now either way
 */
export async function changeState(
  ledger: Ledger,
  strategyId: StrategyId,
  change: { readonly from: Circuit; readonly to: Circuit; readonly mark: string },
): Promise<{ readonly made: boolean; readonly current: Circuit }> {
  const { from, to, mark } = change;
  const epoch = inEpoch(from.epoch);
  const result = await conditionally(() =>
    ledger.client.send(
      new PutCommand({
        TableName: ledger.tableName,
        Item: { ...keys.circuit(strategyId), ...attributesOf(to), changedBy: mark },
        ConditionExpression: epoch.condition,
        ...(from.epoch === 0 ? {} : { ExpressionAttributeValues: epoch.values }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  if (result.written) {
    return { made: true, current: to };
  }
  const current = readCircuitItem(result.current);
  return { made: current.epoch === to.epoch && result.current?.changedBy === mark, current };
}
