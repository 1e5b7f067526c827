import * as z from 'zod/mini';
import { REHEARSABLE, type RehearsedCallName } from '../brokers/paper/rehearsal.ts';
import {
  CCXT_EXCHANGES,
  CLIENT_ORDER_ID_GUARANTEES,
  OCO_KINDS,
  REHEARSAL_FAULT_KINDS,
  REHEARSED_CALLS,
  type RehearsalFault,
  VENUE_ENVIRONMENTS,
} from '../core/configuration.ts';
import { decimal } from '../core/decimal.ts';
import { CONFIGURED_ID } from '../core/ids.ts';
import { amount, fields, flag, integer, onlyFields, pattern, symbol, text } from './fields.ts';
import { instruments } from './instrument-fields.ts';
import { accountLimits, tradingWindow } from './limit-fields.ts';
import { spotSymbols } from './spot-symbols.ts';

const FAULTS_MAX = 20;
const LATENCY_MS_MAX = 10_000;
const NTH_MAX = 1_000_000;
const faultsMessage = `must be a list of at most ${FAULTS_MAX} faults such as {"kind":"reject","nth":1}`;

const faultFields = fields({
  kind: z.enum(REHEARSAL_FAULT_KINDS, `must be one of ${REHEARSAL_FAULT_KINDS.join(', ')}`),
  nth: z.exactOptional(integer(1, NTH_MAX)),
  every: z.exactOptional(integer(1, NTH_MAX)),
  always: z.exactOptional(z.literal(true, 'must be true, or left out')),
  on: z._default(z.enum(REHEARSED_CALLS, `must be one of ${REHEARSED_CALLS.join(', ')}`), 'place'),
  symbol: z.exactOptional(symbol),
});

type FaultInput = z.output<typeof faultFields>;

const fault = z.pipe(
  faultFields.check(
    z.refine(
      ({ nth, every, always }) => [nth, every, always].filter((given) => given !== undefined).length === 1,
      'must say which calls it is for: exactly one of nth, every and always',
    ),
    z.refine(({ kind, on }) => callsThatMeet(kind).includes(on), {
      path: ['on'],
      error: ({ input }) => mustBeOn((input as FaultInput).kind),
    }),
    z.refine(({ symbol, on }) => symbol === undefined || on === 'place', {
      path: ['symbol'],
      message: 'must be left out unless on place: the venue is asked by order, not by symbol',
    }),
  ),
  z.transform(toFault),
);

const terms = {
  name: z.exactOptional(text(1, 100)),
  enabled: z._default(flag, true),
  limits: accountLimits,
  instruments,
};

const paperAccount = {
  ...terms,
  broker: z.literal('paper'),
  cash: z._default(amount('zero-or-more'), decimal(100_000)),
  simulation: z._default(
    fields({
      latencyMs: z._default(integer(0, LATENCY_MS_MAX), 0),
      guarantee: z._default(
        z.enum(CLIENT_ORDER_ID_GUARANTEES, `must be one of ${CLIENT_ORDER_ID_GUARANTEES.join(', ')}`),
        'PERMANENT',
      ),
      oco: z._default(z.enum(OCO_KINDS, `must be one of ${OCO_KINDS.join(', ')}`), 'native'),
      faults: z._default(z.array(fault, faultsMessage).check(z.maxLength(FAULTS_MAX, faultsMessage)), []),
      leverage: z.exactOptional(amount('above-zero')),
      session: z.exactOptional(tradingWindow),
    }),
    { latencyMs: 0, guarantee: 'PERMANENT', oco: 'native', faults: [] },
  ),
};

const atVenue = {
  ...terms,
  credentials: pattern(
    CONFIGURED_ID,
    "must be the end of a secret's name: 1 to 48 letters, digits or . _ - and begin with a letter or digit",
  ),
  environment: z._default(
    z.enum(VENUE_ENVIRONMENTS, `must be one of ${VENUE_ENVIRONMENTS.join(', ')}`),
    'demo',
  ),
};

const ccxtAccount = {
  ...atVenue,
  broker: z.literal('ccxt'),
  exchange: z.enum(CCXT_EXCHANGES, `must be one of ${CCXT_EXCHANGES.join(', ')}`),
  symbols: spotSymbols,
};

/** The body of PUT /accounts/{id}. */
export const accountInput = z.discriminatedUnion(
  'broker',
  [
    onlyFields(paperAccount, 'in paper accounts'),
    onlyFields({ ...atVenue, broker: z.literal('alpaca') }, 'in alpaca accounts'),
    onlyFields({ ...atVenue, broker: z.literal('tradovate') }, 'in tradovate accounts'),
    onlyFields(ccxtAccount, 'in ccxt accounts').check(
      z.refine(({ exchange, environment }) => exchange === 'binance' || environment === 'live', {
        path: ['environment'],
        message: 'must be live: there is a demo at binance only',
      }),
    ),
  ],
  'must be one of paper, alpaca, tradovate, ccxt',
);

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

function mustBeOn(kind: RehearsalFault['kind']): string {
  return `must be ${callsThatMeet(kind).join(' or ')} with ${kind}: no other call can meet it`;
}

function callsThatMeet(kind: RehearsalFault['kind']): readonly RehearsedCallName[] {
  return REHEARSABLE[kind];
}
