import * as z from 'zod/mini';
import { type Decimal, parseDecimal } from '../../core/decimal.ts';
import { JsonNumber } from '../../shared/json.ts';
import { optionalText, text } from '../../shared/shapes.ts';

/** What Tradovate answers, as far as it is read; numbers come exact. Field names are the venue's. */

/** A number as text that keeps every digit, for example of an id. */
const wholeNumber = z.pipe(
  z.custom<JsonNumber>((value) => value instanceof JsonNumber && /^\d+$/.test(value.source)),
  z.transform(({ source }) => source),
);

const exact = z.pipe(
  z.custom<JsonNumber>((value) => value instanceof JsonNumber && parseDecimal(value.source) !== undefined),
  z.transform(({ source }) => parseDecimal(source) as Decimal),
);

const time = z.pipe(
  z.custom<string>((value) => typeof value === 'string' && !Number.isNaN(Date.parse(value))),
  z.transform((value) => Date.parse(value)),
);

const action = z.pipe(
  z.enum(['Buy', 'Sell']),
  z.transform((value) => (value === 'Buy' ? ('buy' as const) : ('sell' as const))),
);

const optionalId = z.exactOptional(wholeNumber);
const optionalExact = z.exactOptional(exact);

/** Of placeorder, placeoco and cancelorder. */
export const resultShape = z.object({
  failureReason: optionalText,
  failureText: optionalText,
  orderId: optionalId,
  ocoId: optionalId,
});

/** A request about an order: the new one has the client order id. */
export const commandsShape = z.array(
  z.object({ id: optionalId, orderId: wholeNumber, clOrdId: optionalText, commandType: text }),
);

export const orderShape = z.object({
  id: wholeNumber,
  accountId: wholeNumber,
  contractId: optionalId,
  timestamp: time,
  action,
  ordStatus: text,
});
export type VenueOrder = z.infer<typeof orderShape>;

export const ordersShape = z.array(orderShape);

/** An order has one version from the start, and another for each change. */
const versionShape = z.object({
  id: optionalId,
  orderId: wholeNumber,
  orderQty: exact,
  orderType: text,
  price: optionalExact,
  stopPrice: optionalExact,
  pegDifference: optionalExact,
});
export type OrderVersion = z.infer<typeof versionShape>;
export const versionsShape = z.array(versionShape);

/** One that was taken back is not `active`. */
const fillShape = z.object({ orderId: wholeNumber, qty: exact, price: exact, active: z.boolean() });
export type Fill = z.infer<typeof fillShape>;
export const fillsShape = z.array(fillShape);

export const positionsShape = z.array(
  z.object({ accountId: wholeNumber, contractId: wholeNumber, netPos: exact }),
);

export const contractsShape = z.array(z.object({ id: wholeNumber, name: text }));

export const balanceShape = z.object({
  errorText: optionalText,
  totalCashValue: optionalExact,
  openPnL: optionalExact,
});
