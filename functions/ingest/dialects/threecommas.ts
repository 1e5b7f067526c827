import { MARKET_POSITIONS, type Signal } from '../../core/signal.ts';
import { onlyCloses } from './closing.ts';
import { type FieldReader, present } from './fields.ts';
import { readPreviousPosition } from './previous-position.ts';

/** The fields of 3Commas' signal bots. */
const FIELDS = [
  'id',
  'secret',
  'max_lag',
  'timestamp',
  'trigger_price',
  'tv_exchange',
  'tv_instrument',
  'action',
  'bot_uuid',
  'strategy_info',
  'order',
] as const;

const MAX_LAG_SECONDS = 86_400;

/**
 * Reads a signal for a 3Commas signal bot, sent by a TradingView strategy.
 *
 * - `strategy_info.market_position` after the order tells whether it only closes: then it is an exit, which never turns the
 *   position
 * - `order.amount` counts in units of the instrument (`base`); without an order the strategy's sizing decides
 * - `max_lag` seconds after `timestamp` the signal is stale, however old this webhook allows it to be
 */
export function readThreeCommasSignal(reader: FieldReader): Signal | undefined {
  reader.refuseUnknown(FIELDS, 'a 3Commas signal');
  const symbol = reader.symbol('tv_instrument');
  const side = reader.requiredChoice(['buy', 'sell'], 'action');
  const info = reader.nested('strategy_info');
  const position = info?.choice(MARKET_POSITIONS, 'market_position');
  const order = reader.nested('order');
  if (order) {
    order.refuseOthers(['amount', 'currency_type'], 'is not known here; there is amount, currency_type');
    order.choice(['base'], 'currency_type');
  }
  const optional = present({
    quantity: order?.decimal('positive', 'amount'),
    price: reader.decimal('positive', 'trigger_price'),
    previousPosition: readPreviousPosition(info),
    sentAtMs: reader.time('timestamp'),
    maxLagSeconds: maxLagSeconds(reader),
  });
  return symbol === undefined || side === undefined
    ? undefined
    : { symbol, action: onlyCloses(side, position) ? 'exit' : side, timeInForce: 'day', ...optional };
}

function maxLagSeconds(reader: FieldReader): number | undefined {
  const seconds = reader.decimal('positive', 'max_lag');
  if (seconds === undefined) {
    return undefined;
  }
  if (!reader.find('timestamp')) {
    return reader.problem('timestamp', 'is required with max_lag, which counts from there');
  }
  return Number.isInteger(Number(seconds)) && Number(seconds) <= MAX_LAG_SECONDS
    ? Number(seconds)
    : reader.problem('max_lag', `must be a whole number of seconds, at most ${MAX_LAG_SECONDS}`);
}
