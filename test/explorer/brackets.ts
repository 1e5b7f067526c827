import {
  CLIENT_ORDER_ID_GUARANTEES,
  type ClientOrderIdGuarantee,
} from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { scaled } from '../support/scale.ts';
import { buy, ENTRIES, EXITS, exit, refusing, type Scenario, WORKING } from './scenarios.ts';

const bracket = { ...buy, stopLoss: { price: 95 }, takeProfit: { price: 110 } };
const waiting = { ...bracket, orderType: 'limit', limitPrice: 98, timeInForce: 'gtc' };
const reversal = { ...bracket, action: 'reverse', stopLoss: { price: 105 }, takeProfit: { price: 90 } };
const elsewhere = { symbol: 'ESM5', action: 'buy', quantity: 1, price: 100 };

const COMPLETED = { before: [], status: 'COMPLETED', isProtected: true, hasTakeProfit: true } as const;

/** There are more of these scenarios, and they take longer: of the second deaths fewer are tried. */
export const PAIR_STRIDE = scaled(661, 5);

/** In the suite each way of keeping pairs is tried at one class of venue: at one that can tell, and at one that cannot. */
const GUARANTEES: Readonly<Record<'native' | 'kept', readonly ClientOrderIdGuarantee[]>> =
  scaled(0, 1) === 1
    ? { native: CLIENT_ORDER_ID_GUARANTEES, kept: CLIENT_ORDER_ID_GUARANTEES }
    : { native: ['LOOKUP_ONLY'], kept: ['PERMANENT'] };

/** Ways through trades with a take-profit and a stop-loss, of which one ends the other. */
function bracketsAt(oco: 'native' | 'kept'): readonly Scenario[] {
  const scenarios: readonly (Omit<Scenario, 'venue'> & Partial<Pick<Scenario, 'venue'>>)[] = [
    { ...COMPLETED, name: 'a bracket', signal: bracket, position: '2' },
    {
      ...COMPLETED,
      name: 'a bracket whose take-profit is refused',
      signal: bracket,
      venue: refusing(/^take-profit/),
      status: 'ROLLED_BACK',
      position: '0',
    },
    {
      ...COMPLETED,
      name: 'a bracket whose take-profit fills while nobody looks',
      signal: bracket,
      priceMeanwhile: decimal(110),
      position: '0',
    },
    {
      ...COMPLETED,
      name: 'a bracket whose stop-loss fills while nobody looks',
      signal: bracket,
      priceMeanwhile: decimal(95),
      position: '0',
    },
    {
      ...COMPLETED,
      name: 'a message that finds a waiting bracket filled',
      before: [waiting],
      priceBefore: decimal(97),
      signal: elsewhere,
      position: '2',
    },
    {
      ...COMPLETED,
      name: 'a waiting bracket that fills while nobody looks',
      signal: waiting,
      priceMeanwhile: decimal(97),
      position: '2',
    },
    {
      ...COMPLETED,
      name: 'a waiting bracket that fills in two parts',
      signal: { ...waiting, quantity: 4, limitPrice: 100 },
      venue: {
        script: ({ call, intent }) =>
          call === 'place' && intent?.leg === 'entry'
            ? { kind: 'partial-fill', share: decimal('0.5') }
            : undefined,
      },
      priceMeanwhile: decimal(99),
      position: '4',
    },
    {
      ...COMPLETED,
      name: 'an exit from a part of a bracket',
      before: [bracket],
      signal: { ...exit, quantity: 1 },
      position: '1',
    },
    {
      ...COMPLETED,
      name: 'an exit from a part of a bracket, of which the rest is not protected again',
      before: [bracket],
      signal: { ...exit, quantity: 1 },
      venue: refusing(/^take-profit-\d+$/),
      position: '0',
    },
    {
      ...COMPLETED,
      name: 'a reversal of a bracket',
      before: [bracket],
      signal: reversal,
      position: '-2',
    },
    {
      ...COMPLETED,
      name: 'an exit from a bracket whose stop fills while it is cancelled',
      before: [bracket],
      signal: exit,
      venue: { script: ({ call }) => (call === 'cancel' ? { kind: 'fills-first' } : undefined) },
      status: 'SKIPPED',
      position: '0',
    },
  ];
  return scenarios.map((scenario) => ({
    ...scenario,
    name: `${scenario.name}, where pairs are ${oco}`,
    venue: { ...scenario.venue, oco },
    guarantees: GUARANTEES[oco],
  }));
}

export const NATIVE: readonly Scenario[] = bracketsAt('native');

export const KEPT: readonly Scenario[] = [
  ...bracketsAt('kept'),
  {
    ...COMPLETED,
    name: 'a bracket whose stop-loss is refused',
    signal: bracket,
    venue: refusing(/^stop-loss/),
    status: 'ROLLED_BACK',
    position: '0',
    guarantees: GUARANTEES.kept,
  },
];

export const SCENARIOS: readonly Scenario[] = [...ENTRIES, ...EXITS, ...WORKING, ...NATIVE, ...KEPT];
