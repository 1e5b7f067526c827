import type { CcxtExchange } from '../../../functions/core/configuration.ts';
import type { VenueAnswer } from '../fakes/http-venue.ts';

/** How each exchange says that it did not do what it was asked for. */
export const binance = (code: number, msg: string, status = 400): VenueAnswer => ({
  status,
  body: { code, msg },
});
const kraken = (error: string): VenueAnswer => ({ status: 200, body: { error: [error] } });
const coinbase = (error: string): VenueAnswer => ({
  status: 200,
  body: { success: false, error_response: { error, message: 'why', preview_failure_reason: 'NONE' } },
});

type Row = readonly [exchange: CcxtExchange, what: string, answer: VenueAnswer, outcome: string];

/** Answers to an order, and what they come to. */
export const OUTCOME_ROWS: readonly Row[] = [
  [
    'binance',
    'too little money',
    binance(-2010, 'Account has insufficient balance for requested action.'),
    'rejected INSUFFICIENT_FUNDS',
  ],
  [
    'binance',
    'a quantity off the grid',
    binance(-1013, 'Filter failure: LOT_SIZE'),
    'rejected INVALID_ORDER',
  ],
  ['binance', 'a symbol that it does not have', binance(-1121, 'Invalid symbol.'), 'rejected BAD_SYMBOL'],
  [
    'binance',
    'an id that is taken, and shows no order',
    binance(-2010, 'Duplicate order sent.'),
    'unknown unavailable',
  ],
  ['binance', 'a clock that is off', binance(-1021, 'Timestamp is outside of the recvWindow.'), 'busy'],
  ['binance', 'a ban', binance(-1003, 'Way too many requests.', 418), 'busy'],
  [
    'binance',
    'a timeout of its own',
    binance(-1007, 'Execution status unknown.', 504),
    'unknown unavailable',
  ],
  ['binance', 'an internal error', binance(-1001, 'Internal error.', 500), 'unknown unavailable'],
  ['binance', 'a code that nobody knows', binance(-9_999, 'Hm.'), 'unknown unavailable'],
  ['binance', 'an answer about nothing', { status: 200, body: {} }, 'unknown unavailable'],
  ['kraken', 'EService:Timeout', kraken('EService:Timeout'), 'unknown unavailable'],
  ['kraken', 'EService:Unavailable', kraken('EService:Unavailable'), 'unknown unavailable'],
  ['kraken', 'EGeneral:Internal error', kraken('EGeneral:Internal error'), 'unknown unavailable'],
  ['kraken', 'too little money', kraken('EOrder:Insufficient funds'), 'rejected INSUFFICIENT_FUNDS'],
  [
    'kraken',
    'a rule that ccxt does not know',
    kraken('EOrder:Tick size check failed'),
    'rejected ORDER_REJECTED',
  ],
  ['kraken', 'a bad signature', kraken('EAPI:Invalid signature'), 'rejected UNAUTHORIZED'],
  ['kraken', 'a number that is too low', kraken('EAPI:Invalid nonce'), 'busy'],
  ['coinbase', 'too little money', coinbase('INSUFFICIENT_FUND'), 'rejected ORDER_REJECTED'],
  [
    'coinbase',
    'an id that is taken, and shows no order',
    coinbase('DUPLICATE_CLIENT_ORDER_ID'),
    'unknown unavailable',
  ],
  ['coinbase', 'a failure without a reason', coinbase('UNKNOWN_FAILURE_REASON'), 'unknown unavailable'],
  [
    'kraken',
    'a gateway that speaks for it',
    { status: 502, body: { error: ['EOrder:Insufficient funds'] } },
    'unknown unavailable',
  ],
  [
    'coinbase',
    'a 503 that calls itself a rate limit',
    { status: 503, body: { error: 'rate_limit_exceeded' } },
    'unknown unavailable',
  ],
];
