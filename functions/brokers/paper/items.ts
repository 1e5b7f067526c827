import * as z from 'zod/mini';
import { ZERO } from '../../core/decimal.ts';
import type { AccountId, ClientOrderId } from '../../core/ids.ts';
import { ORDER_TYPES } from '../../core/order.ts';
import { TIMES_IN_FORCE } from '../../core/signal.ts';
import {
  brokerOrderId,
  clientOrderId,
  decimalText,
  flag,
  number,
  optionalDecimal,
  optionalFlag,
  text,
  trailShape,
} from '../../shared/shapes.ts';
import type { PaperOrder } from './market.ts';

/** Where the items of the paper venue's books are, and what they look like. */

/** The key of an item. */
interface BookKey extends Record<string, string> {
  readonly pk: string;
  readonly sk: string;
}

export const ORDER_PREFIX = 'ORDER#';
/** Version 0.1 kept nothing but the price here, hence the name. */
export const MARKET_PREFIX = 'PRICE#';

const COPY_DIGITS = 6;

export const bookPartition = (accountId: AccountId): string => `PAPER#${accountId}`;

export const bookKeys = {
  /** The first order with an id has the id's own key; the others sort behind it. */
  order: (
    accountId: AccountId,
    { clientOrderId, copy }: Pick<PaperOrder, 'clientOrderId' | 'copy'>,
  ): BookKey => ({
    pk: bookPartition(accountId),
    sk: `${orderSortKey(clientOrderId)}${copy === 1 ? '' : `#${String(copy).padStart(COPY_DIGITS, '0')}`}`,
  }),
  market: (accountId: AccountId, symbol: string): BookKey => ({
    pk: bookPartition(accountId),
    sk: `${MARKET_PREFIX}${symbol}`,
  }),
  calls: (accountId: AccountId): BookKey => ({ pk: bookPartition(accountId), sk: 'CALLS' }),
};

/** The sort keys of all orders with an id, as a range; `~` sorts behind every digit. */
export const copiesOf = (
  clientOrderId: ClientOrderId,
): { readonly first: string; readonly last: string } => ({
  first: orderSortKey(clientOrderId),
  last: `${orderSortKey(clientOrderId)}#~`,
});

function orderSortKey(clientOrderId: ClientOrderId): string {
  return `${ORDER_PREFIX}${clientOrderId}`;
}

/** An order; the defaults stand for what earlier versions did not know. */
export const paperOrderShape = z.object({
  brokerOrderId,
  clientOrderId,
  copy: z._default(number, 1),
  symbol: text,
  side: z.enum(['buy', 'sell']),
  type: z.enum(ORDER_TYPES),
  limitPrice: optionalDecimal,
  stopPrice: optionalDecimal,
  trail: z.exactOptional(trailShape),
  quantity: decimalText,
  timeInForce: z._default(z.enum(TIMES_IN_FORCE), 'day'),
  reduceOnly: z._default(flag, false),
  referencePrice: optionalDecimal,
  oco: z.exactOptional(clientOrderId),
  isTriggered: optionalFlag,
  status: z.enum(['NEW', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED']),
  waitsFor: z.exactOptional(z.enum(['market', 'inquiry'])),
  filledQuantity: decimalText,
  averageFillPrice: optionalDecimal,
  createdAtMs: number,
}) satisfies z.ZodMiniType<PaperOrder>;

/** A market; the defaults stand for what earlier versions did not keep, of which version 0.1 kept but the price. */
export const marketShape = z.object({
  price: optionalDecimal,
  position: z._default(decimalText, ZERO),
  cashFlow: z._default(decimalText, ZERO),
  working: z._default(z.array(paperOrderShape), []),
  /** Grows by one with every change; whoever read an older one changes nothing. */
  version: z._default(number, 0),
});

/** Whether a market's position and cash flow are in its item, and need not be added up from its orders. */
export const isAddedUp = (item: object): boolean => 'cashFlow' in item;
