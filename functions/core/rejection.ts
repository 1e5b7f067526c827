import type { Order } from './order.ts';

/** What adapters call the reasons that senders can do something about. */
const REJECTION_CODES = [
  'INSUFFICIENT_FUNDS',
  'INSUFFICIENT_QUANTITY',
  'MARKET_CLOSED',
  'UNKNOWN_SYMBOL',
  'INVALID_PRICE',
  'INVALID_QUANTITY',
  'UNAUTHORIZED',
  'UNSUPPORTED',
] as const;

/** Why a venue rejected an order, where its word is one that everybody uses. */
export function rejectionCodeOf({ reason = '' }: Order): (typeof REJECTION_CODES)[number] | 'ORDER_REJECTED' {
  return REJECTION_CODES.find((code) => reason.startsWith(`${code}: `)) ?? 'ORDER_REJECTED';
}
