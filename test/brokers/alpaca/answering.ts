import { createAlpacaBroker } from '../../../functions/brokers/alpaca/alpaca-broker.ts';
import type { Broker } from '../../../functions/brokers/broker.ts';
import { createCredentialsStore } from '../../../functions/brokers/credentials.ts';
import { KEYS } from '../fakes/alpaca/start-alpaca.ts';

export const NOW_MS = Date.parse('2026-11-23T15:00:00.000Z');

/** What Alpaca answers to one request: a status with a body (text as it is, else JSON) and headers, or a failure. */
export type Reply =
  | readonly [status: number, body?: unknown, headers?: Readonly<Record<string, string>>]
  | Error
  | 'silence';

/** With what fetch fails when the deadline of its signal is over. */
const TIMEOUT = new DOMException('The operation was aborted due to timeout', 'TimeoutError');

/** The adapter on a wire that gives these answers in turn. */
export interface Answering {
  readonly broker: Broker;
  /** What was asked, as `POST /v2/orders`. */
  readonly asked: string[];
  /** Ends the wait of every call under way. */
  readonly endWait: () => void;
}

export function answering(
  replies: readonly Reply[],
  readSecret = async () => JSON.stringify(KEYS),
): Answering {
  const asked: string[] = [];
  const wait = new AbortController();
  const endWait = () => wait.abort(TIMEOUT);
  const left = [...replies];
  const clock = { now: () => NOW_MS };
  const broker = createAlpacaBroker(
    { credentials: 'main', environment: 'demo' },
    {
      clock,
      credentials: createCredentialsStore('onefill/test/', readSecret, clock),
      endpoints: {},
      fetch: async (input, init) => {
        const { origin, pathname, search } = new URL(String(input));
        asked.push(`${init?.method} ${pathname}${search}`);
        if (origin !== 'https://paper-api.alpaca.markets') {
          throw new Error(`${origin} is not where the demo is.`);
        }
        const reply = left.shift() ?? new Error('Nobody said what Alpaca answers.');
        return respond(reply);
      },
    },
    () => wait.signal,
  );
  return { broker, asked, endWait };
}

/** What undici throws: the reason is its cause. */
export const networkError = (code: string): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error(`${KEYS.secretKey} ${code}`), { code }) });

/** An order as Alpaca shows it: a market order to sell 4 AAPL that has just been taken in. */
export const orderAt = (changes: Readonly<Record<string, unknown>> = {}) => ({
  id: 'a1',
  client_order_id: 'of-order',
  created_at: '2026-11-23T15:00:00.123456789Z',
  symbol: 'AAPL',
  side: 'sell',
  type: 'market',
  order_class: '',
  qty: '4',
  filled_qty: '0',
  filled_avg_price: null,
  limit_price: null,
  stop_price: null,
  trail_price: null,
  trail_percent: null,
  status: 'accepted',
  legs: null,
  ...changes,
});

/** A pair as Alpaca shows it: the take-profit at 110, with the stop-loss at 95 as its leg. */
export const pairAt = (
  changes: Readonly<Record<string, unknown>> = {},
  ...legs: readonly Readonly<Record<string, unknown>>[]
) =>
  orderAt({
    id: 'tp',
    client_order_id: 'of-take-profit',
    type: 'limit',
    limit_price: '110',
    order_class: 'oco',
    status: 'new',
    legs: legs.length === 0 ? null : legs,
    ...changes,
  });

export const legAt = (changes: Readonly<Record<string, unknown>> = {}) =>
  orderAt({
    id: 'sl',
    client_order_id: 'made-up',
    type: 'stop',
    stop_price: '95',
    status: 'held',
    ...changes,
  });

export const errorAt = (status: number, code: number, message: string): Reply => [status, { code, message }];

export const NOT_FOUND = errorAt(404, 40410000, 'order not found');
export const TAKEN = errorAt(422, 40010001, 'client_order_id must be unique');

function respond(reply: Reply): Response {
  if (reply === 'silence') {
    throw TIMEOUT;
  }
  if (reply instanceof Error) {
    throw reply;
  }
  const [status, body, headers = {}] = reply;
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  return new Response(text ?? null, { status, headers });
}
