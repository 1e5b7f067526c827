import { INSTRUMENT_ROWS } from './instrument-rows.ts';
import { CIRCUIT_ROWS, CLEANUP_ROWS, HOURS, limitRows, WINDOW_ROWS } from './limit-rows.ts';
import { SIZING_ROWS } from './sizing-rows.ts';
import { account, type Row, strategy } from './validation-row.ts';
import { VENUE_ACCOUNT_ROWS } from './venue-account-rows.ts';

const whsec = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

const webhook = (part: object) => ({ secret: 'demo-secret', ...part });
const template = (part: object) => webhook({ template: { symbol: 's', action: 'a', ...part } });
const fault = (part: object) => account({ simulation: { faults: [part] } });
const session = (part: object) => account({ simulation: { session: { ...HOURS, ...part } } });

export const WEBHOOKS: readonly Row[] = [
  { body: [], field: 'body', says: 'must be an object with name, enabled, secret' },
  { body: 'text', field: 'body', says: 'must be an object' },
  { body: 1, field: 'body', says: 'must be an object' },
  { body: null, field: 'body', says: 'must be an object' },
  {
    body: webhook({ secrets: [] }),
    field: 'secrets',
    says: 'is not known here; there is name, enabled, secret',
  },
  { body: webhook({ enabled: 'true' }), field: 'enabled', says: 'must be true or false' },
  { body: webhook({ enabled: null }), field: 'enabled', says: 'must be true or false' },
  { body: webhook({ name: '' }), field: 'name', says: '1 to 100 characters' },
  { body: webhook({ name: 'x'.repeat(101) }), field: 'name', says: '1 to 100 characters' },
  { body: webhook({ name: 7 }), field: 'name', says: 'must be text' },
  { body: { secret: 'x'.repeat(257) }, field: 'secret', says: '1 to 256 characters' },
  { body: { secret: 12345678 }, field: 'secret', says: '1 to 256 characters' },
  { body: { secret: '' }, field: 'secret', says: '1 to 256 characters' },
  { body: { hmacSecrets: whsec(24) }, field: 'hmacSecrets', says: 'must be a list' },
  { body: { hmacSecrets: Array(6).fill(whsec(24)) }, field: 'hmacSecrets', says: 'at most 5' },
  { body: { hmacSecrets: [whsec(23)] }, field: 'hmacSecrets[0]', says: '24 to 64 bytes' },
  {
    body: { hmacSecrets: [whsec(24), whsec(65)] },
    field: 'hmacSecrets[1]',
    says: '24 to 64 bytes',
    inWords: true,
  },
  { body: { hmacSecrets: [whsec(24).slice(6)] }, field: 'hmacSecrets[0]', says: 'must be whsec_' },
  { body: { hmacSecrets: [`${whsec(24)}=`] }, field: 'hmacSecrets[0]', says: 'base64', inWords: true },
  { body: { hmacSecrets: [whsec(24).replace('B', '-')] }, field: 'hmacSecrets[0]', says: 'base64' },
  {
    body: webhook({ template: 'symbol' }),
    field: 'template',
    says: 'must be an object with id, symbol, action',
  },
  { body: webhook({ template: { action: 'a' } }), field: 'template.symbol', says: 'must be text' },
  { body: webhook({ template: { symbol: 's' } }), field: 'template.action', says: 'must be text' },
  {
    body: template({ secret: 's' }),
    field: 'template.secret',
    says: 'is not known here; there is id, symbol',
  },
  { body: template({ stopLos: 's' }), field: 'template.stopLos', says: 'is not known here' },
  { body: template({ symbol: '' }), field: 'template.symbol', says: 'text of 1 to 256 characters' },
  { body: template({ price: null }), field: 'template.price', says: 'text of 1 to 256 characters' },
  { body: template({ stopLoss: { price: 'p' } }), field: 'template.stopLoss', says: 'must be text' },
  { body: template({ id: 'a'.repeat(257) }), field: 'template.id', says: 'text of 1 to 256 characters' },
  { body: template({ id: '('.repeat(200_000) }), field: 'template.id', says: 'text of 1 to 256 characters' },
  {
    body: template({ symbol: 'data..ticker' }),
    field: 'template.symbol',
    says: 'must be a JMESPath expression; at character 6 a name, *, [ or { is expected, not .',
    inWords: true,
  },
  {
    body: template({ quantity: 'powertools_base64_gzip(data)' }),
    field: 'template.quantity',
    says: 'at character 1 there is no function powertools_base64_gzip, there are abs',
    inWords: true,
  },
  {
    body: webhook({ template: { symbol: 's', action: 'a' }, dialect: 'onefill' }),
    field: 'template',
    says: 'goes without a dialect',
  },
  { body: webhook({ allowedIps: 'tradingview' }), field: 'allowedIps', says: 'must be a list' },
  { body: webhook({ allowedIps: Array(101).fill('::1') }), field: 'allowedIps', says: 'at most 100' },
  ...[
    'TradingView',
    'example.org',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '/8',
    'fe80::1%eth0',
    '::ffff:10.0.0.1',
    ' 10.0.0.1',
    '',
  ].map(
    (ip): Row => ({
      body: webhook({ allowedIps: ['10.0.0.1', ip] }),
      field: 'allowedIps[1]',
      says: 'CIDR',
      inWords: true,
    }),
  ),
  { body: webhook({ allowedIps: [1] }), field: 'allowedIps[0]', says: 'CIDR' },
  {
    body: webhook({ rateLimit: 5 }),
    field: 'rateLimit',
    says: 'must be an object with limit, windowSeconds',
  },
  { body: webhook({ rateLimit: { limit: 0 } }), field: 'rateLimit.limit', says: 'from 1 to 1000000' },
  { body: webhook({ rateLimit: { limit: 1_000_001 } }), field: 'rateLimit.limit', says: 'from 1 to 1000000' },
  { body: webhook({ rateLimit: { limit: 1.5 } }), field: 'rateLimit.limit', says: 'whole number' },
  { body: webhook({ rateLimit: { limit: '5' } }), field: 'rateLimit.limit', says: 'whole number' },
  {
    body: webhook({ rateLimit: { windowSeconds: 3_601 } }),
    field: 'rateLimit.windowSeconds',
    says: 'from 1 to 3600',
  },
  { body: webhook({ rateLimit: { window: 1 } }), field: 'rateLimit.window', says: 'limit, windowSeconds' },
  { body: webhook({ dedupeWindowSeconds: 0 }), field: 'dedupeWindowSeconds', says: 'from 1 to 86400' },
  { body: webhook({ maxSignalAgeSeconds: 86_401 }), field: 'maxSignalAgeSeconds', says: 'from 1 to 86400' },
  {
    body: webhook({ dialect: 'alertatron' }),
    field: 'dialect',
    says: 'one of onefill, tradingview, traderspost',
  },
];

export const STRATEGIES: readonly Row[] = [
  { body: { accounts: [] }, field: 'webhookId', says: 'must be an id' },
  { body: { webhookId: 'demo' }, field: 'accounts', says: 'must be a list' },
  { body: strategy({ webhookId: 'a~b' }), field: 'webhookId', says: 'must be an id' },
  {
    body: strategy({ accounts: [{ accountId: 'a' }, { accountId: 'b' }, { accountId: 'a' }] }),
    field: 'accounts[2].accountId',
    says: 'listed already',
    inWords: true,
  },
  {
    body: strategy({ accounts: Array.from({ length: 501 }, (_, index) => ({ accountId: `a${index}` })) }),
    field: 'accounts',
    says: 'at most 500',
  },
  {
    body: strategy({ accounts: ['paper-1'] }),
    field: 'accounts[0]',
    says: 'must be an object with accountId, multiplier',
  },
  {
    body: strategy({ accounts: [{ accountId: 'a', weight: 1 }] }),
    field: 'accounts[0].weight',
    says: 'accountId, multiplier',
  },
  ...[0, -1, '0', '-0.5', 'NaN', 'one', '1,5', '0x10', '', null, true].map(
    (multiplier): Row => ({
      body: strategy({ accounts: [{ accountId: 'a', multiplier }] }),
      field: 'accounts[0].multiplier',
      says: 'greater than 0',
      ...(multiplier === '0' ? { inWords: true } : {}),
    }),
  ),
  {
    body: strategy({ accounts: [{ accountId: 'a', multiplier: '1234567890123456' }] }),
    field: 'accounts[0].multiplier',
    says: 'at most 15 digits',
    inWords: true,
  },
  {
    body: strategy({ accounts: [{ accountId: 'a', multiplier: '0.0000000000000000001' }] }),
    field: 'accounts[0].multiplier',
    says: '18 after the point',
    inWords: true,
  },
  { body: strategy({ allowShort: 1 }), field: 'allowShort', says: 'must be true or false' },
  ...SIZING_ROWS,
  ...limitRows((limits) => strategy({ limits })),
  {
    body: strategy({ limits: { timeZone: 'UTC' } }),
    field: 'limits.timeZone',
    says: 'maxPosition, maxOrdersPerDay, maxDailyLoss',
  },
  ...WINDOW_ROWS,
  ...CIRCUIT_ROWS,
  ...CLEANUP_ROWS,
];

/** Faults that not every call can meet, and those that can. */
const MEANINGLESS: readonly (readonly [kind: string, allowed: readonly string[]])[] = [
  ['reject', ['place', 'cancel']],
  ['unavailable-after-accept', ['place', 'cancel']],
  ['miss', ['lookup']],
  ['partial-fill', ['place']],
  ['late-fill', ['place', 'cancel']],
];

export const ACCOUNTS: readonly Row[] = [
  ...[{}, { broker: 'ibkr' }, { broker: null }].map(
    (body): Row => ({ body, field: 'broker', says: 'must be one of paper, alpaca, tradovate, ccxt' }),
  ),
  ...VENUE_ACCOUNT_ROWS,
  ...INSTRUMENT_ROWS,
  { body: account({ cash: -1 }), field: 'cash', says: 'not less than 0' },
  { body: account({ cash: 'much' }), field: 'cash', says: 'must be a number' },
  ...limitRows((limits) => account({ limits })),
  ...['', 'New York', '+05:00'].map(
    (timeZone): Row => ({
      body: account({ limits: { timeZone } }),
      field: 'limits.timeZone',
      says: 'must be an IANA time zone',
    }),
  ),
  {
    body: account({ limits: { timeZone: 'America/Nowhere' } }),
    field: 'limits.timeZone',
    says: 'must be an IANA time zone',
    inWords: true,
  },
  { body: account({ limits: { timeZone: null } }), field: 'limits.timeZone', says: 'must be a time zone' },
  {
    body: account({ limits: { haltOnDrift: 'yes' } }),
    field: 'limits.haltOnDrift',
    says: 'must be true or false',
  },
  {
    body: account({ simulation: [] }),
    field: 'simulation',
    says: 'must be an object with latencyMs, guarantee, oco, faults',
  },
  {
    body: account({ simulation: { latencyMs: 10_001 } }),
    field: 'simulation.latencyMs',
    says: 'from 0 to 10000',
  },
  {
    body: account({ simulation: { latencyMs: -1 } }),
    field: 'simulation.latencyMs',
    says: 'from 0 to 10000',
  },
  { body: account({ simulation: { faults: {} } }), field: 'simulation.faults', says: 'must be a list' },
  {
    body: account({ simulation: { faults: Array(21).fill({ kind: 'reject', nth: 1 }) } }),
    field: 'simulation.faults',
    says: 'at most 20',
  },
  { body: fault({ nth: 1 }), field: 'simulation.faults[0].kind', says: 'must be one of reject' },
  {
    body: fault({ kind: 'explode', nth: 1 }),
    field: 'simulation.faults[0].kind',
    says: 'must be one of reject',
  },
  {
    body: fault({ kind: 'reject', nth: 1, on: 'settle' }),
    field: 'simulation.faults[0].on',
    says: 'must be one of place, cancel, lookup',
  },
  ...MEANINGLESS.flatMap(([kind, allowed]) =>
    ['place', 'cancel', 'lookup']
      .filter((on) => !allowed.includes(on))
      .map(
        (on): Row => ({
          body: fault({ kind, nth: 1, on }),
          field: 'simulation.faults[0].on',
          says: `must be ${allowed.join(' or ')} with ${kind}`,
        }),
      ),
  ),
  // Without "on" it is a fault of placing.
  {
    body: fault({ kind: 'miss', nth: 1 }),
    field: 'simulation.faults[0].on',
    says: 'must be lookup with miss',
  },
  ...['permanent', 'SOMETIMES', '', null].map(
    (guarantee): Row => ({
      body: account({ simulation: { guarantee } }),
      field: 'simulation.guarantee',
      says: 'must be one of PERMANENT, OPEN_ONLY, WINDOW, LOOKUP_ONLY, NONE',
    }),
  ),
  ...['NATIVE', 'bracket', '', null].map(
    (oco): Row => ({
      body: account({ simulation: { oco } }),
      field: 'simulation.oco',
      says: 'must be one of native, kept, none',
    }),
  ),
  ...[0, -1, '-0.5', 'much', null].map(
    (leverage): Row => ({
      body: account({ simulation: { leverage } }),
      field: 'simulation.leverage',
      says: 'greater than 0',
    }),
  ),
  {
    body: account({ simulation: { session: null } }),
    field: 'simulation.session',
    says: 'must be an object with days, from, to, timeZone',
  },
  { body: session({ days: [] }), field: 'simulation.session.days', says: 'at least one of mon, tue' },
  { body: session({ to: '24:00' }), field: 'simulation.session.to', says: 'must be a time of day' },
  {
    body: session({ timeZone: 'CME' }),
    field: 'simulation.session.timeZone',
    says: 'must be an IANA time zone',
    inWords: true,
  },
  { body: session({ open: '17:00' }), field: 'simulation.session.open', says: 'is not known here' },
  {
    body: fault({ kind: 'reject' }),
    field: 'simulation.faults[0]',
    says: 'exactly one of nth, every and always',
  },
  {
    body: fault({ kind: 'reject', nth: 1, every: 2 }),
    field: 'simulation.faults[0]',
    says: 'exactly one of',
  },
  {
    body: fault({ kind: 'reject', always: false }),
    field: 'simulation.faults[0].always',
    says: 'must be true',
  },
  { body: fault({ kind: 'reject', nth: 0 }), field: 'simulation.faults[0].nth', says: 'from 1 to 1000000' },
  ...['lookup', 'cancel'].map(
    (on): Row => ({
      body: fault({ kind: 'unavailable', nth: 1, on, symbol: 'A' }),
      field: 'simulation.faults[0].symbol',
      says: 'must be left out unless on place',
    }),
  ),
  {
    body: fault({ kind: 'reject', nth: 1, symbol: 'white space' }),
    field: 'simulation.faults[0].symbol',
    says: 'letters, digits',
  },
];

export const PRICES: readonly Row[] = [
  { body: { symbol: 'A' }, field: 'price', says: 'greater than 0' },
  { body: { symbol: 'A', price: 0 }, field: 'price', says: 'greater than 0' },
  { body: { symbol: 'A', price: 'NaN' }, field: 'price', says: 'must be a number' },
  { body: { price: 1 }, field: 'symbol', says: 'letters, digits' },
  { body: { symbol: '', price: 1 }, field: 'symbol', says: 'letters, digits' },
  { body: { symbol: 'A', price: 1, at: 0 }, field: 'at', says: 'symbol, price' },
];
