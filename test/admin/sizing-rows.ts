import { type Row, strategy } from './validation-row.ts';

const sizing = (value: unknown) => strategy({ sizing: value });
const CHOICES = 'must be "signal", or "fixed", "percentOfEquity", "riskAmount" or "cash" with how much';

/** What is wrong with how a strategy finds its quantities. */
export const SIZING_ROWS: readonly Row[] = [
  { body: sizing('fixed'), field: 'sizing', says: CHOICES },
  { body: sizing(null), field: 'sizing', says: CHOICES },
  { body: sizing({}), field: 'sizing.type', says: CHOICES },
  { body: sizing({ type: 'percent' }), field: 'sizing.type', says: CHOICES },
  { body: sizing({ type: 'signal', quantity: 1 }), field: 'sizing.quantity', says: 'is not known here' },
  {
    body: sizing({ type: 'cash', amount: 1, quantity: 1 }),
    field: 'sizing.quantity',
    says: 'is not known here',
  },
  ...(
    [
      ['fixed', 'quantity'],
      ['percentOfEquity', 'percent'],
      ['riskAmount', 'amount'],
      ['cash', 'amount'],
    ] as const
  ).flatMap(([type, field]) =>
    [undefined, 0, -1, 'NaN', 'all', null].map(
      (value): Row => ({
        body: sizing({ type, [field]: value }),
        field: `sizing.${field}`,
        says: 'greater than 0',
      }),
    ),
  ),
];
