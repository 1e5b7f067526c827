import { TIMES_IN_FORCE } from '../../core/order.ts';
import { MARKET_POSITIONS, type Signal } from '../../core/signal.ts';
import { JsonNumber } from '../../shared/json.ts';
import { onlyCloses } from './closing.ts';
import { type FieldReader, NOT_AVAILABLE, present } from './fields.ts';
import { readPreviousPosition } from './previous-position.ts';
import { PRICE_FIELDS, readPricing } from './pricing.ts';
import { checkProtection, readProtection } from './protection.ts';

const MINUTE_MS = 60_000;
const INTERVAL = /^(\d{0,5})([SDWM]?)$/;

/** Minutes of a chart interval by its letter; without a letter it is in minutes already. */
const INTERVAL_MINUTES: Readonly<Record<string, number>> = {
  '': 1,
  S: 1 / 60,
  D: 1_440,
  W: 10_080,
  M: 44_640,
};

/** Fields of Onefill's own payload that an alert may have, by these names and no others. */
const OF_ONEFILL = ['orderType', ...PRICE_FIELDS, 'takeProfit', 'stopLoss'] as const;

/**
 * Names that ask for another order or for protection. By other names than Onefill's they are not read: `"sl": 20` is a price
 * to one, ticks or percent to another.
 */
const MEANT_FOR_ORDERS =
  /^(ordertype$|limit|stop|trail|(profit)?target|takeprofit|(tp|sl)(\d|price|percent|$))/;

/** What decides how much is traded and whether it only closes, by the names that are read. */
const DECISIVE = [
  ...['quantity', 'contracts', 'qty', 'marketPosition', 'market_position', 'sentiment'],
  ...['timeInForce', 'time_in_force'],
] as const;
/** The same, however it is spelled: `marketposition` that is not read would make an entry of an exit. */
const MEANT_TO_DECIDE = /^(quantity|contracts|qty|marketposition|sentiment|timeinforce)$/;

/** Fields of others that change what is to be traded or whether anything is: refused rather than ignored. */
const NOT_YET = /^(quantitytype|cancel|extendedhours|test|(reduce|close)only|closeposition)$/;

/**
 * Reads a TradingView strategy or indicator alert. Its keys are chosen by whoever writes the alert message, after
 * the placeholders of TradingView's documentation; camelCase and snake_case are both common.
 *
 * - `marketPosition` (or `sentiment`) after the order tells whether it only closes: then it is an exit, which never turns the
 *   position. All orders of a strategy have one message, so what that says of protection is meant for its entries
 * - `prevMarketPosition` tells operators of signals that did not arrive, and changes nothing
 * - `orderType`, `takeProfit` and `stopLoss` are read as in Onefill's own payload
 * - `timenow` is when the alert fired; `time` is when its bar opened, so the alert is up to `interval` younger,
 *   but never younger than now
 */
export function readTradingViewSignal(reader: FieldReader, nowMs: number): Signal | undefined {
  reader.refuseSpelled(NOT_YET, NOT_AVAILABLE);
  const known = OF_ONEFILL.join(', ');
  reader.refuseSpelled(MEANT_FOR_ORDERS, `is not known here, and not ignored; there is ${known}`, OF_ONEFILL);
  reader.refuseSpelled(MEANT_TO_DECIDE, `is not known here; there is ${DECISIVE.join(', ')}`, DECISIVE);
  const symbol = reader.symbol('ticker');
  const side = reader.requiredChoice(['buy', 'sell'], 'action');
  const position = reader.choice(MARKET_POSITIONS, 'marketPosition', 'market_position', 'sentiment');
  const isExit = side !== undefined && onlyCloses(side, position);
  const action = isExit ? 'exit' : side;
  const optional = present({
    pricing: readPricing(reader, action),
    ...(isExit ? {} : readProtection(reader)),
    quantity: reader.decimal('positive', 'quantity', 'contracts', 'qty'),
    price: reader.decimal('positive', 'price', 'close'),
    previousPosition: readPreviousPosition(reader),
    sentAtMs: firedAt(reader, nowMs),
  });
  const timeInForce = reader.choice(TIMES_IN_FORCE, 'timeInForce', 'time_in_force') ?? 'day';
  checkProtection(reader, action, optional);
  return symbol === undefined || action === undefined
    ? undefined
    : { symbol, action, timeInForce, ...optional };
}

function firedAt(reader: FieldReader, nowMs: number): number | undefined {
  const firedAtMs = reader.time('timenow');
  const barOpenedAtMs = reader.time('time');
  if (firedAtMs !== undefined || barOpenedAtMs === undefined) {
    return firedAtMs;
  }
  // An alert can fire before its bar closes; only a bar that is yet to open is in the future.
  return Math.max(barOpenedAtMs, Math.min(barOpenedAtMs + intervalMs(reader), nowMs));
}

/** The length of a chart's bars; 0 when the payload does not tell or tells something that is no length of time. */
function intervalMs(reader: FieldReader): number {
  const value = reader.find('interval')?.value;
  const interval = INTERVAL.exec(value instanceof JsonNumber ? value.source : String(value));
  if (interval === null) {
    return 0;
  }
  const [, count = '', letter = ''] = interval;
  return Number(count || '1') * (INTERVAL_MINUTES[letter] ?? 0) * MINUTE_MS;
}
