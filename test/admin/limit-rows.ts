import { type Row, strategy } from './validation-row.ts';

/** What is wrong with limits, wherever they stand. */
export function limitRows(body: (limits: unknown) => object): readonly Row[] {
  return [
    {
      body: body([]),
      field: 'limits',
      says: 'must be an object with maxPosition, maxOrdersPerDay, maxDailyLoss',
    },
    { body: body(null), field: 'limits', says: 'must be an object' },
    { body: body({ maxposition: 1 }), field: 'limits.maxposition', says: 'is not known here; there is max' },
    ...['maxPosition', 'maxDailyLoss'].flatMap((name) =>
      [0, -1, '-0.5', 'NaN', 'much', null].map(
        (value): Row => ({ body: body({ [name]: value }), field: `limits.${name}`, says: 'greater than 0' }),
      ),
    ),
    ...[0, -1, 1.5, '5', 1_000_001, null].map(
      (value): Row => ({
        body: body({ maxOrdersPerDay: value }),
        field: 'limits.maxOrdersPerDay',
        says: 'a whole number from 1 to 1000000',
      }),
    ),
  ];
}

export const HOURS = { days: ['mon'], from: '09:30', to: '16:00', timeZone: 'America/New_York' };
const windowed = (part: object) => strategy({ window: { ...HOURS, ...part } });

/** What is wrong with trading windows. */
export const WINDOW_ROWS: readonly Row[] = [
  {
    body: strategy({ window: '09:30-16:00' }),
    field: 'window',
    says: 'must be an object with days, from, to, timeZone',
  },
  { body: strategy({ window: null }), field: 'window', says: 'must be an object' },
  { body: windowed({ until: '17:00' }), field: 'window.until', says: 'days, from, to, timeZone' },
  { body: windowed({ days: [] }), field: 'window.days', says: 'at least one of mon, tue, wed' },
  { body: windowed({ days: 'mon' }), field: 'window.days', says: 'must be a list' },
  { body: windowed({ days: ['mon', 'Tue'] }), field: 'window.days[1]', says: 'must be one of mon, tue' },
  { body: windowed({ days: ['monday'] }), field: 'window.days[0]', says: 'must be one of mon, tue' },
  { body: windowed({ days: [1] }), field: 'window.days[0]', says: 'must be one of mon, tue' },
  { body: windowed({ days: ['mon', 'fri', 'mon'] }), field: 'window.days[2]', says: 'is listed already' },
  ...['9:30', '24:00', '12:60', '09:30:00', '0930', '', 'noon', 930, null].flatMap((time) =>
    ['from', 'to'].map(
      (name): Row => ({
        body: windowed({ [name]: time }),
        field: `window.${name}`,
        says: 'must be a time of day such as 09:30, from 00:00 to 23:59',
      }),
    ),
  ),
  ...['', 'New York', '+05:00', ' UTC', 'x'.repeat(65)].map(
    (timeZone): Row => ({
      body: windowed({ timeZone }),
      field: 'window.timeZone',
      says: 'must be an IANA time zone such as America/New_York',
    }),
  ),
  {
    body: windowed({ timeZone: 'America/Nowhere' }),
    field: 'window.timeZone',
    says: 'must be an IANA time zone',
    inWords: true,
  },
  { body: windowed({ timeZone: 5 }), field: 'window.timeZone', says: 'must be a time zone' },
  ...Object.keys(HOURS).map((name): Row => {
    const { [name]: _, ...rest } = HOURS as Readonly<Record<string, unknown>>;
    return { body: strategy({ window: rest }), field: `window.${name}`, says: 'must be a' };
  }),
];

const circuit = (part: object) => strategy({ circuitBreaker: part });

/** What is wrong with settings of a circuit. */
export const CIRCUIT_ROWS: readonly Row[] = [
  {
    body: strategy({ circuitBreaker: true }),
    field: 'circuitBreaker',
    says: 'must be an object with consecutiveFailures, failureRate, windowSeconds, minimumCalls',
  },
  { body: strategy({ circuitBreaker: null }), field: 'circuitBreaker', says: 'must be an object' },
  { body: circuit({ failures: 5 }), field: 'circuitBreaker.failures', says: 'is not known here' },
  ...(
    [
      ['consecutiveFailures', 1_000],
      ['windowSeconds', 3_600],
      ['minimumCalls', 10_000],
      ['coolDownSeconds', 86_400],
      ['halfOpenProbes', 10],
    ] as const
  ).flatMap(([name, max]) =>
    [0, max + 1, 1.5, '5', null].map(
      (value): Row => ({
        body: circuit({ [name]: value }),
        field: `circuitBreaker.${name}`,
        says: `must be a whole number from 1 to ${max}`,
      }),
    ),
  ),
  ...[0, -0.5, 1.01, 50, '0.5', 'half', null].map(
    (failureRate): Row => ({
      body: circuit({ failureRate }),
      field: 'circuitBreaker.failureRate',
      says: 'must be a number above 0 and up to 1, such as 0.5',
    }),
  ),
];

/** What is wrong with cleanup steps. */
export const CLEANUP_ROWS: readonly Row[] = [
  {
    body: strategy({ cleanup: 'halt-account' }),
    field: 'cleanup',
    says: 'must be a list of some of cancel-working-orders, flatten-symbol, halt-account',
  },
  { body: strategy({ cleanup: null }), field: 'cleanup', says: 'must be a list' },
  {
    body: strategy({ cleanup: ['flatten-symbol', 'flatten-everything'] }),
    field: 'cleanup[1]',
    says: 'must be one of cancel-working-orders, flatten-symbol, halt-account',
  },
  { body: strategy({ cleanup: [{}] }), field: 'cleanup[0]', says: 'must be one of' },
  {
    body: strategy({ cleanup: ['halt-account', 'flatten-symbol', 'halt-account'] }),
    field: 'cleanup[2]',
    says: 'is listed already',
  },
];
