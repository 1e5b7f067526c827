import * as z from 'zod/mini';
import { TIMES_IN_FORCE } from '../../core/order.ts';
import type { PriceTarget, Signal, StopTarget } from '../../core/signal.ts';
import { decimalText, trailShape } from '../../shared/shapes.ts';

export const timeInForce = z.enum(TIMES_IN_FORCE);

const price = z.object({ type: z.literal('price'), price: decimalText });
const percent = z.object({ type: z.literal('percent'), percent: decimalText });
const amount = z.object({ type: z.literal('amount'), amount: decimalText });
const trail = z.object({ type: z.literal('trail'), trail: trailShape });

export const priceTargetShape = z.discriminatedUnion('type', [
  price,
  percent,
  amount,
]) satisfies z.ZodMiniType<PriceTarget>;

export const stopTargetShape = z.discriminatedUnion('type', [
  price,
  percent,
  amount,
  trail,
]) satisfies z.ZodMiniType<StopTarget>;

/** The order types that name a price, as fields beside an order's others. */
export const PRICED = {
  limit: { type: z.literal('limit'), limitPrice: decimalText },
  stop: { type: z.literal('stop'), stopPrice: decimalText },
  stopLimit: { type: z.literal('stop_limit'), stopPrice: decimalText, limitPrice: decimalText },
  trailingStop: { type: z.literal('trailing_stop'), trail: trailShape },
};

export const pricingShape = z.discriminatedUnion('type', [
  z.object(PRICED.limit),
  z.object(PRICED.stop),
  z.object(PRICED.stopLimit),
  z.object(PRICED.trailingStop),
]) satisfies z.ZodMiniType<NonNullable<Signal['pricing']>>;
