import * as z from 'zod/mini';
import type { Order } from '../../core/order.ts';
import {
  brokerOrderId,
  clientOrderId,
  decimalText,
  executionId,
  flag,
  optionalDecimal,
  optionalText,
  text,
} from '../../shared/shapes.ts';
import { PRICED, timeInForce } from './pricing.ts';

const orderFields = {
  clientOrderId,
  leg: text,
  symbol: text,
  side: z.enum(['buy', 'sell']),
  quantity: decimalText,
  timeInForce,
  reduceOnly: flag,
  referencePrice: optionalDecimal,
  status: z.enum([
    'INTENT',
    'SENDING',
    'UNKNOWN',
    'DENIED',
    'NEW',
    'PARTIALLY_FILLED',
    'PENDING_CANCEL',
    'FILLED',
    'CANCELED',
    'REJECTED',
    'EXPIRED',
  ]),
  brokerOrderId: z.exactOptional(brokerOrderId),
  filledQuantity: decimalText,
  averageFillPrice: optionalDecimal,
  reason: optionalText,
  oco: z.exactOptional(clientOrderId),
  trade: z.exactOptional(executionId),
};

export const orderShape = z.discriminatedUnion('type', [
  z.object({ ...orderFields, type: z.literal('market') }),
  z.object({ ...orderFields, ...PRICED.limit }),
  z.object({ ...orderFields, ...PRICED.stop }),
  z.object({ ...orderFields, ...PRICED.stopLimit }),
  z.object({ ...orderFields, ...PRICED.trailingStop }),
]) satisfies z.ZodMiniType<Order>;
