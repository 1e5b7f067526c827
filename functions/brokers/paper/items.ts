import * as z from 'zod/mini';
import type { AccountId, ClientOrderId } from '../../core/ids.ts';
import {
  brokerOrderId,
  clientOrderId,
  decimalText,
  flag,
  number,
  optionalDecimal,
  text,
} from '../../shared/shapes.ts';
import type { PaperOrder } from './matching.ts';

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

/** An order; the defaults stand for what version 0.1 did not know. */
export const paperOrderShape = z.object({
  brokerOrderId,
  clientOrderId,
  copy: z._default(number, 1),
  symbol: text,
  side: z.enum(['buy', 'sell']),
  type: z.enum(['market', 'stop']),
  stopPrice: optionalDecimal,
  quantity: decimalText,
  reduceOnly: z._default(flag, false),
  referencePrice: optionalDecimal,
  status: z.enum(['NEW', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED']),
  waitsFor: z.exactOptional(z.enum(['market', 'inquiry'])),
  filledQuantity: decimalText,
  averageFillPrice: optionalDecimal,
  createdAtMs: number,
}) satisfies z.ZodMiniType<PaperOrder>;

/** A market. */
export const marketShape = z.object({
  price: optionalDecimal,
  position: decimalText,
  working: z.array(paperOrderShape),
  /** Grows by one with every change; whoever read an older one changes nothing. */
  version: number,
});

/** All that version 0.1 kept of a market. */
export const legacyMarketShape = z.object({ price: optionalDecimal });
