import type { ClientOrderIdGuarantee } from '../../functions/core/configuration.ts';
import type { Decimal } from '../../functions/core/decimal.ts';
import type { VenueScript } from './world.ts';

/** What is to happen, and how it has to end when the venue can be asked about everything. */
export interface Scenario {
  readonly name: string;
  /** Signals that were executed before, without any fault. */
  readonly before: readonly object[];
  readonly signal: object;
  readonly venue: VenueScript;
  /** Where the market is when the signal comes. @default as the last signal said */
  readonly priceBefore?: Decimal;
  /** Where it moves while a process is dead, at the latest once the signal is executed. */
  readonly priceMeanwhile?: Decimal;
  /** At which classes of venue it is explored. @default all at which it is possible */
  readonly guarantees?: readonly ClientOrderIdGuarantee[];
  readonly status: string;
  /** The account's signed position afterwards, and what of it stop orders protect. */
  readonly position: string;
  readonly isProtected: boolean;
  /** Whether a take-profit protects as much. */
  readonly hasTakeProfit?: boolean;
}

export const buy = { symbol: 'MNQM5', action: 'buy', quantity: 2, price: 100 };
const protectedBuy = { ...buy, stopLoss: { price: 95 } };
export const exit = { symbol: 'MNQM5', action: 'exit', price: 100 };
const well: VenueScript = {};

/** The venue refuses orders of these legs, whoever sends them however often. */
export function refusing(legs: RegExp): VenueScript {
  return {
    script: ({ call, intent }) =>
      call === 'place' && intent && legs.test(intent.leg) ? { kind: 'reject' } : undefined,
  };
}

/** Every way through the saga that begins with an entry: forward, and back. */
export const ENTRIES: readonly Scenario[] = [
  {
    name: 'an entry',
    before: [],
    signal: buy,
    venue: well,
    status: 'COMPLETED',
    position: '2',
    isProtected: false,
  },
  {
    name: 'a protected entry',
    before: [],
    signal: protectedBuy,
    venue: well,
    status: 'COMPLETED',
    position: '2',
    isProtected: true,
  },
  {
    name: 'an entry whose protection is refused',
    before: [],
    signal: protectedBuy,
    venue: refusing(/^stop-loss$/),
    status: 'ROLLED_BACK',
    position: '0',
    isProtected: false,
  },
  {
    name: 'a rollback that fails at first',
    before: [],
    signal: protectedBuy,
    venue: refusing(/^(?:stop-loss|flatten)$/),
    status: 'ROLLED_BACK',
    position: '0',
    isProtected: false,
  },
  {
    name: 'a rollback that cannot be done',
    before: [],
    signal: protectedBuy,
    venue: refusing(/^(?:stop-loss|flatten.*)$/),
    status: 'HALTED',
    position: '2',
    isProtected: false,
  },
  {
    name: 'a protected entry that is filled in part',
    before: [],
    signal: { ...protectedBuy, quantity: 4 },
    venue: {
      script: ({ call, intent }) =>
        call === 'place' && intent?.leg === 'entry'
          ? { kind: 'partial-fill', share: '0.5' as never }
          : undefined,
    },
    status: 'COMPLETED',
    position: '2',
    isProtected: true,
  },
];

/** Every way through it that leads out of a position: what protects it has to go first, and may have to come back. */
export const EXITS: readonly Scenario[] = [
  {
    name: 'an exit',
    before: [buy],
    signal: exit,
    venue: well,
    status: 'COMPLETED',
    position: '0',
    isProtected: false,
  },
  {
    name: 'an exit from a protected position',
    before: [protectedBuy],
    signal: exit,
    venue: well,
    status: 'COMPLETED',
    position: '0',
    isProtected: false,
  },
  {
    name: 'an exit from a part of a protected position',
    before: [protectedBuy],
    signal: { ...exit, quantity: 1 },
    venue: well,
    status: 'COMPLETED',
    position: '1',
    isProtected: true,
  },
  {
    name: 'an exit that is refused',
    before: [protectedBuy],
    signal: exit,
    venue: refusing(/^exit$/),
    status: 'REJECTED',
    position: '2',
    isProtected: true,
  },
  {
    name: 'a reversal of a protected position',
    before: [protectedBuy],
    signal: { symbol: 'MNQM5', action: 'reverse', price: 100, stopLoss: { price: 105 } },
    venue: well,
    status: 'COMPLETED',
    position: '-2',
    isProtected: true,
  },
  {
    name: 'an exit whose stop fills while it is cancelled',
    before: [protectedBuy],
    signal: exit,
    venue: { script: ({ call }) => (call === 'cancel' ? { kind: 'fills-first' } : undefined) },
    status: 'SKIPPED',
    position: '0',
    isProtected: false,
  },
];

/** The venue fills this many of an order of that quantity; the rest works. */
function fillingInPart(quantity: string, share: string): VenueScript {
  return {
    script: ({ call, intent }) =>
      call === 'place' && intent?.quantity === quantity
        ? { kind: 'partial-fill', share: share as never }
        : undefined,
  };
}

/** Every way through it past an order of an earlier execution that still works. */
export const WORKING: readonly Scenario[] = [
  {
    name: 'an exit that takes back a working entry',
    before: [{ ...buy, quantity: 4 }],
    signal: exit,
    venue: fillingInPart('4', '0.5'),
    status: 'COMPLETED',
    position: '0',
    isProtected: false,
  },
  {
    name: 'an exit that takes the place of a working exit',
    before: [
      { ...buy, quantity: 5 },
      { ...exit, quantity: 4 },
    ],
    signal: exit,
    venue: fillingInPart('4', '0.5'),
    status: 'COMPLETED',
    position: '0',
    isProtected: false,
  },
  {
    name: 'a protected reversal of a position that a working exit closes in part',
    before: [
      { ...buy, quantity: 5 },
      { ...exit, quantity: 4 },
    ],
    signal: { ...buy, action: 'reverse', stopLoss: { price: 105 } },
    venue: fillingInPart('4', '0.5'),
    status: 'COMPLETED',
    position: '-2',
    isProtected: true,
  },
];
