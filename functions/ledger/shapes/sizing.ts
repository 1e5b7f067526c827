import * as z from 'zod/mini';
import type { ComputedSizing } from '../../core/signal.ts';
import { decimalText } from '../../shared/shapes.ts';

/** Members of a union by `type`. */
export const computedSizings = [
  z.object({ type: z.enum(['cash', 'riskAmount']), amount: decimalText }),
  z.object({ type: z.literal('percentOfEquity'), percent: decimalText }),
] as const;

export const computedSizingShape = z.discriminatedUnion(
  'type',
  computedSizings,
) satisfies z.ZodMiniType<ComputedSizing>;
