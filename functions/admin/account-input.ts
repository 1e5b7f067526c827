import * as z from 'zod/mini';
import type { RehearsalFault } from '../core/configuration.ts';
import { decimal } from '../core/decimal.ts';
import { amount, fields, flag, integer, notAvailable, symbol, text } from './fields.ts';

const FAULTS_MAX = 20;
const LATENCY_MS_MAX = 10_000;
const NTH_MAX = 1_000_000;
const FAULT_KINDS = [
  'reject',
  'unavailable',
  'rate-limit',
  'timeout-before-accept',
  'timeout-after-accept',
] as const;
const FAULT_KINDS_LATER: readonly unknown[] = ['partial-fill', 'late-fill'];

const kindMessage = `must be one of ${FAULT_KINDS.join(', ')}`;
const faultsMessage = `must be a list of at most ${FAULTS_MAX} faults such as {"kind":"reject","nth":1}`;

const faultFields = fields({
  kind: z.enum(FAULT_KINDS, {
    error: ({ input }) => notYet(FAULT_KINDS_LATER.includes(input), kindMessage),
  }),
  nth: z.exactOptional(integer(1, NTH_MAX)),
  every: z.exactOptional(integer(1, NTH_MAX)),
  always: z.exactOptional(z.literal(true, 'must be true, or left out')),
  on: z._default(
    z.enum(['place', 'lookup'], {
      error: ({ input }) => notYet(input === 'cancel', 'must be place or lookup'),
    }),
    'place',
  ),
  symbol: z.exactOptional(symbol),
});

type FaultInput = z.output<typeof faultFields>;

const fault = z.pipe(
  faultFields.check(
    z.refine(
      ({ nth, every, always }) => [nth, every, always].filter((given) => given !== undefined).length === 1,
      'must say which calls it is for: exactly one of nth, every and always',
    ),
    z.refine(({ kind, on }) => kind !== 'reject' || on === 'place', {
      path: ['kind'],
      message: 'must not be reject on lookup: only an order can be rejected',
    }),
    z.refine(({ symbol, on }) => symbol === undefined || on === 'place', {
      path: ['symbol'],
      message: 'must be left out on lookup: the venue is asked by order, not by symbol',
    }),
  ),
  z.transform(toFault),
);

/** The body of PUT /accounts/{id}. */
export const accountInput = fields({
  name: z.exactOptional(text(1, 100)),
  broker: z.literal('paper', 'must be "paper"; other brokers are not available yet'),
  enabled: z._default(flag, true),
  cash: z._default(amount('zero-or-more'), decimal(100_000)),
  simulation: z._default(
    fields({
      latencyMs: z._default(integer(0, LATENCY_MS_MAX), 0),
      faults: z._default(z.array(fault, faultsMessage).check(z.maxLength(FAULTS_MAX, faultsMessage)), []),
    }),
    { latencyMs: 0, faults: [] },
  ),
  credentials: notAvailable('paper accounts need none'),
  limits: notAvailable('no limit would be enforced'),
});

/** An account as it is sent, with its defaults. */
export type AccountInput = z.output<typeof accountInput>;

/** A fault as it is sent and shown: which calls it is for stands in it as `nth`, `every` or `always`. */
export function showFault({ when, ...fault }: RehearsalFault) {
  const { type: _, ...calls } = when;
  return { ...fault, ...(when.type === 'always' ? { always: true } : calls) };
}

function toFault({ nth, every, always: _, ...fault }: FaultInput): RehearsalFault {
  if (nth !== undefined) {
    return { ...fault, when: { type: 'nth', nth } };
  }
  return { ...fault, when: every === undefined ? { type: 'always' } : { type: 'every', every } };
}

function notYet(isKnownForLater: boolean, message: string): string {
  return isKnownForLater ? `is not available yet; it ${message}` : message;
}
