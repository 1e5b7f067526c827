import { account, type Row } from './validation-row.ts';

const instruments = (part: unknown) => account({ instruments: part });
const mnq = (part: unknown) => instruments({ MNQ: part });

/** What is wrong with what an account says of instruments. */
export const INSTRUMENT_ROWS: readonly Row[] = [
  ...[[], 'MNQ', 1, null, true].map(
    (value): Row => ({
      body: instruments(value),
      field: 'instruments',
      says: 'must be an object of at most 50 instruments',
    }),
  ),
  {
    body: instruments(Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`S${index}A`, {}]))),
    field: 'instruments',
    says: 'at most 50',
  },
  ...[null, [], 'MNQZ6', 2].map(
    (value): Row => ({
      body: mnq(value),
      field: 'instruments.MNQ',
      says: 'must be an object with tickSize, lotSize, multiplier, contract, rollDaysBeforeExpiry',
    }),
  ),
  { body: mnq({ tick: 1 }), field: 'instruments.MNQ.tick', says: 'is not known here; there is tickSize' },
  ...['tickSize', 'lotSize', 'multiplier'].flatMap((name) =>
    [0, -0.25, '0', 'NaN', '', null].map(
      (value): Row => ({
        body: mnq({ [name]: value }),
        field: `instruments.MNQ.${name}`,
        says: 'greater than 0',
        ...(value === '0' ? { inWords: true } : {}),
      }),
    ),
  ),
  ...[-1, 91, 1.5, '8', null].map(
    (value): Row => ({
      body: mnq({ rollDaysBeforeExpiry: value }),
      field: 'instruments.MNQ.rollDaysBeforeExpiry',
      says: 'must be a whole number from 0 to 90',
    }),
  ),
  ...['white space', '', 'CME_MINI:MNQ', 'MNQ1!', 'MNQZ2026', 'MNQZ26', 'mnqz6', 'x'.repeat(41)].map(
    (name): Row => ({
      body: instruments({ [name]: {} }),
      field: name === '' ? 'instruments.' : `instruments.${name}`,
      says: 'must be a root such as MNQ, or a symbol as the venue has it',
      ...(/:|!|Z2|z6/.test(name) ? { inWords: true } : {}),
    }),
  ),
  ...['MESZ6', 'MNQX6', 'MNQ', 'MNQ1!', 'AAPL'].map(
    (contract): Row => ({
      body: mnq({ contract }),
      field: 'instruments.MNQ.contract',
      says: 'must be a contract on this root in a traded month',
      inWords: true,
    }),
  ),
  ...['', 'MNQ Z6', 7, null].map(
    (contract): Row => ({
      body: mnq({ contract }),
      field: 'instruments.MNQ.contract',
      says: 'must be a contract on this root',
    }),
  ),
  {
    body: instruments({ AAPL: { contract: 'MNQZ6', multiplier: 1 } }),
    field: 'instruments.AAPL.contract',
    says: 'must be a contract on this root',
    inWords: true,
  },
  ...['ZC', 'AAPL', 'MNQZ6'].map(
    (name): Row => ({
      body: instruments({ [name]: { multiplier: 50, rollDaysBeforeExpiry: 8 } }),
      field: `instruments.${name}.rollDaysBeforeExpiry`,
      says: 'goes with a root that is known here, and without a contract',
      inWords: true,
    }),
  ),
  {
    body: mnq({ contract: 'MNQZ6', rollDaysBeforeExpiry: 8 }),
    field: 'instruments.MNQ.rollDaysBeforeExpiry',
    says: 'goes with a root that is known here, and without a contract',
  },
];
