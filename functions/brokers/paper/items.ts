import * as z from 'zod/mini';
import type { Decimal } from '../../core/decimal.ts';
import type { AccountId, BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
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

const branded = <Brand extends string>() =>
  z.pipe(
    z.string(),
    z.transform((text) => text as Brand),
  );
const decimalText = branded<Decimal>();

/** An order; the defaults stand for what version 0.1 did not know. */
export const paperOrderShape = z.object({
  brokerOrderId: branded<BrokerOrderId>(),
  clientOrderId: branded<ClientOrderId>(),
  copy: z._default(z.number(), 1),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  type: z.enum(['market', 'stop']),
  stopPrice: z.exactOptional(decimalText),
  quantity: decimalText,
  reduceOnly: z._default(z.boolean(), false),
  referencePrice: z.exactOptional(decimalText),
  status: z.enum(['NEW', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED']),
  waitsFor: z.exactOptional(z.enum(['market', 'inquiry'])),
  filledQuantity: decimalText,
  averageFillPrice: z.exactOptional(decimalText),
  createdAtMs: z.number(),
}) satisfies z.ZodMiniType<PaperOrder>;

/** A market. */
export const marketShape = z.object({
  price: z.exactOptional(decimalText),
  position: decimalText,
  working: z.array(paperOrderShape),
  /** Grows by one with every change; whoever read an older one changes nothing. */
  version: z.number(),
});

/** All that version 0.1 kept of a market. */
export const legacyMarketShape = z.object({ price: z.exactOptional(decimalText) });
