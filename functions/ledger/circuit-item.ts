import * as z from 'zod/mini';
import { type Circuit, type CircuitBucket, type CircuitProbe, CLOSED_CIRCUIT } from '../core/circuit.ts';
import { number, numberOrZero, text } from '../shared/shapes.ts';

/**
 * A circuit as it is stored. What is counted has an attribute of its own, so that one atomic ADD counts it:
 * `f<bucket>` failures, `s<bucket>` successes, `c<bucket>` crashes, the bucket being the time it begins. Each probe
 * slot is an attribute of its own, too, `probe<slot>`, so that one condition guards it.
 */
const COUNTER = /^([fsc])(\d+)$/;
const SLOT = /^probe(\d+)$/;

export const failuresIn = (startMs: number): string => `f${startMs}`;
export const successesIn = (startMs: number): string => `s${startMs}`;
export const crashesIn = (startMs: number): string => `c${startMs}`;
export const probeIn = (slot: number): string => `probe${slot}`;

const probeShape = z.object({ executionId: text, expiresAtMs: number });

/** Counters, probes, and the text of key and mark. */
const otherAttribute = z.union([number, probeShape, text]);

const commonFields = { epoch: numberOrZero, openings: numberOrZero };

const itemShape = z.discriminatedUnion('state', [
  z.catchall(
    z.object({
      ...commonFields,
      state: z.literal('closed'),
      consecutiveFailures: numberOrZero,
    }),
    otherAttribute,
  ),
  z.catchall(
    z.object({
      ...commonFields,
      state: z.literal('open'),
      openUntilMs: number,
      reason: text,
      probeSuccesses: numberOrZero,
    }),
    otherAttribute,
  ),
  z.catchall(z.object({ ...commonFields, state: z.literal('isolated'), reason: text }), otherAttribute),
]);

/** The circuit item as it was stored, read into a circuit. */
const circuitShape = z.pipe(itemShape, z.transform(toCircuit));

/** The circuit of an item as the table returned it. @throws ZodError when it is no circuit */
export function readCircuitItem(item: unknown): Circuit {
  return item === undefined ? CLOSED_CIRCUIT : z.parse(circuitShape, item);
}

function toCircuit(item: z.output<typeof itemShape>): Circuit {
  const common = { epoch: item.epoch, openings: item.openings, probes: probesOf(item) };
  switch (item.state) {
    case 'closed':
      return {
        ...common,
        state: item.state,
        consecutiveFailures: item.consecutiveFailures,
        buckets: bucketsOf(item),
      };
    case 'open':
      return {
        ...common,
        state: item.state,
        openUntilMs: item.openUntilMs,
        reason: item.reason,
        probeSuccesses: item.probeSuccesses,
      };
    case 'isolated':
      return { ...common, state: item.state, reason: item.reason };
  }
}

const NOTHING_COUNTED: CircuitBucket = { failures: 0, successes: 0, crashes: 0 };
const COUNTED = { f: 'failures', s: 'successes', c: 'crashes' } as const;

function bucketsOf(item: Readonly<Record<string, unknown>>): Record<number, CircuitBucket> {
  const buckets: Record<number, CircuitBucket> = {};
  for (const [name, count] of Object.entries(item)) {
    const [, kind, start] = COUNTER.exec(name) ?? [];
    if (kind !== undefined && typeof count === 'number') {
      const startMs = Number(start);
      const field = COUNTED[kind as keyof typeof COUNTED];
      buckets[startMs] = { ...(buckets[startMs] ?? NOTHING_COUNTED), [field]: count };
    }
  }
  return buckets;
}

function probesOf(item: Readonly<Record<string, unknown>>): CircuitProbe[] {
  const probes = Object.entries(item).flatMap(([name, value]) => {
    const slot = SLOT.exec(name)?.[1];
    const probe = z.safeParse(probeShape, value);
    return slot !== undefined && probe.success ? [{ slot: Number(slot), ...probe.data }] : [];
  });
  return probes.sort((one, other) => one.slot - other.slot);
}

/** What a circuit is stored as when its state changes: nothing but the new state, whatever was counted before. */
export function attributesOf(circuit: Circuit): Record<string, unknown> {
  const { probes: _, ...attributes } = circuit;
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => name !== 'buckets'));
}

/** Holds as long as the circuit has not changed its state since it was read. An epoch of 0 is not stored. */
export function inEpoch(epoch: number): {
  readonly condition: string;
  readonly values: Record<string, unknown>;
} {
  return epoch === 0
    ? { condition: 'attribute_not_exists(epoch)', values: {} }
    : { condition: 'epoch = :epoch', values: { ':epoch': epoch } };
}
