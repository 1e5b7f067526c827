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

/** An answer to an order, and what it comes to. */
interface Row {
  readonly exchange: CcxtExchange;
  readonly what: string;
  readonly answer: VenueAnswer;
  readonly outcome: string;
}

export const OUTCOME_ROWS: readonly Row[] = [
  {
    exchange: 'binance',
    what: 'too little money',
    answer: binance(-2010, 'Account has insufficient balance for requested action.'),
    outcome: 'rejected INSUFFICIENT_FUNDS',
  },
  {
    exchange: 'binance',
    what: 'a quantity off the grid',
    answer: binance(-1013, 'Filter failure: LOT_SIZE'),
    outcome: 'rejected INVALID_ORDER',
  },
  {
    exchange: 'binance',
    what: 'a symbol that it does not have',
    answer: binance(-1121, 'Invalid symbol.'),
    outcome: 'rejected BAD_SYMBOL',
  },
  {
    exchange: 'binance',
    what: 'an id that is taken, and shows no order',
    answer: binance(-2010, 'Duplicate order sent.'),
    outcome: 'unknown unavailable',
  },
  {
    exchange: 'binance',
    what: 'a clock that is off',
    answer: binance(-1021, 'Timestamp is outside of the recvWindow.'),
    outcome: 'busy',
  },
  {
    exchange: 'binance',
    what: 'a ban',
    answer: binance(-1003, 'Way too many requests.', 418),
    outcome: 'busy',
  },
  {
    exchange: 'binance',
    what: 'a timeout of its own',
    answer: binance(-1007, 'Execution status unknown.', 504),
    outcome: 'unknown timeout',
  },
  {
    exchange: 'binance',
    what: 'an internal error',
    answer: binance(-1001, 'Internal error.', 500),
    outcome: 'unknown unavailable',
  },
  {
    exchange: 'binance',
    what: 'a code that nobody knows',
    answer: binance(-9_999, 'Hm.'),
    outcome: 'unknown unavailable',
  },
  {
    exchange: 'binance',
    what: 'an answer about nothing',
    answer: { status: 200, body: {} },
    outcome: 'unknown unavailable',
  },
  {
    exchange: 'kraken',
    what: 'EService:Timeout',
    answer: kraken('EService:Timeout'),
    outcome: 'unknown unavailable',
  },
  {
    exchange: 'kraken',
    what: 'EService:Unavailable',
    answer: kraken('EService:Unavailable'),
    outcome: 'unknown unavailable',
  },
  {
    exchange: 'kraken',
    what: 'EGeneral:Internal error',
    answer: kraken('EGeneral:Internal error'),
    outcome: 'unknown unavailable',
  },
  {
    exchange: 'kraken',
    what: 'too little money',
    answer: kraken('EOrder:Insufficient funds'),
    outcome: 'rejected INSUFFICIENT_FUNDS',
  },
  {
    exchange: 'kraken',
    what: 'a rule that ccxt does not know',
    answer: kraken('EOrder:Tick size check failed'),
    outcome: 'rejected ORDER_REJECTED',
  },
  {
    exchange: 'kraken',
    what: 'a bad signature',
    answer: kraken('EAPI:Invalid signature'),
    outcome: 'rejected UNAUTHORIZED',
  },
  {
    exchange: 'kraken',
    what: 'a number that is too low',
    answer: kraken('EAPI:Invalid nonce'),
    outcome: 'busy',
  },
  {
    exchange: 'coinbase',
    what: 'too little money',
    answer: coinbase('INSUFFICIENT_FUND'),
    outcome: 'rejected ORDER_REJECTED',
  },
  {
    exchange: 'coinbase',
    what: 'an id that is taken, and shows no order',
    answer: coinbase('DUPLICATE_CLIENT_ORDER_ID'),
    outcome: 'unknown unavailable',
  },
  {
    exchange: 'coinbase',
    what: 'a failure without a reason',
    answer: coinbase('UNKNOWN_FAILURE_REASON'),
    outcome: 'unknown unavailable',
  },
];
