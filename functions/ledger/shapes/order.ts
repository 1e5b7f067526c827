import * as z from 'zod/mini';
import type { Order } from '../../core/order.ts';
import {
  brokerOrderId,
  clientOrderId,
  decimalText,
  flag,
  optionalDecimal,
  optionalText,
  text,
  trailShape,
} from '../../shared/shapes.ts';
import { timeInForce } from './signal.ts';

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
};

export const orderShape = z.discriminatedUnion('type', [
  z.object({ ...orderFields, type: z.literal('market') }),
  z.object({ ...orderFields, type: z.literal('limit'), limitPrice: decimalText }),
  z.object({ ...orderFields, type: z.literal('stop'), stopPrice: decimalText }),
  z.object({
    ...orderFields,
    type: z.literal('stop_limit'),
    stopPrice: decimalText,
    limitPrice: decimalText,
  }),
  z.object({ ...orderFields, type: z.literal('trailing_stop'), trail: trailShape }),
]) satisfies z.ZodMiniType<Order>;
