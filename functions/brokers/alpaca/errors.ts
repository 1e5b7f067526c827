import * as z from 'zod/mini';
import type { PlaceOutcome } from '../broker.ts';
import type { AlpacaAnswer } from './wire.ts';

type Rejected = Extract<PlaceOutcome, { kind: 'rejected' }>;

const errorShape = z.object({ code: z.optional(z.number()), message: z.string() });
type AlpacaError = z.output<typeof errorShape>;

/** The statuses that say for certain that nothing was done. */
const REFUSED = [400, 403, 404, 422];

const MESSAGE_CHARACTERS_MAX = 200;

/** Alpaca's codes are generic (40010001 and 40310000 stand for most of what can be wrong); its words tell more. */
const CODES: readonly (readonly [words: RegExp, code: string])[] = [
  [/insufficient (?:buying power|balance|funds|day[- ]?trading)|cost basis/i, 'INSUFFICIENT_FUNDS'],
  [
    /market is (?:closed|not open)|(?:outside|during|only).*(?:market|trading|extended) hours/i,
    'MARKET_CLOSED',
  ],
  [/(?:asset|symbol).*(?:not found|does not exist)|could not find asset|invalid symbol/i, 'UNKNOWN_SYMBOL'],
];

/** The error in a body; `undefined` when it is none of Alpaca's. */
export function errorOf(body: unknown): AlpacaError | undefined {
  const parsed = z.safeParse(errorShape, body);
  return parsed.success ? parsed.data : undefined;
}

/** Whether an order was refused because its client order id is taken: it was accepted earlier, or is another's. */
export function isTaken(answer: AlpacaAnswer): boolean {
  return /client_order_id must be unique/i.test(refusedWith(answer)?.message ?? '');
}

/** A refusal in our codes, with Alpaca's reason; `undefined` when the answer is none for certain. */
export function refusalOf(answer: AlpacaAnswer): Rejected | undefined {
  const error = refusedWith(answer);
  if (error === undefined) {
    return undefined;
  }
  const message = error.message.slice(0, MESSAGE_CHARACTERS_MAX);
  const code = CODES.find(([words]) => words.test(message))?.[1] ?? 'ORDER_REJECTED';
  return {
    kind: 'rejected',
    code,
    message: error.code === undefined ? message : `${message} (${error.code})`,
  };
}

function refusedWith(answer: AlpacaAnswer): AlpacaError | undefined {
  return answer.kind === 'answer' && REFUSED.includes(answer.status) ? errorOf(answer.body) : undefined;
}
