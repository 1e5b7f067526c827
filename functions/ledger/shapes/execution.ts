import * as z from 'zod/mini';
import { type Execution, STEP_NAMES } from '../../core/execution.ts';
import {
  accountId,
  clientOrderId,
  executionId,
  number,
  numberOrZero,
  optionalText,
  signalId,
  strategyId,
  text,
  webhookId,
} from '../../shared/shapes.ts';
import { orderShape } from './order.ts';
import { reasonShape } from './reason.ts';

export const watchedShape = z.exactOptional(z.array(z.object({ clientOrderId, untilMs: number })));

export const executionShape = z.object({
  executionId,
  signalId,
  webhookId,
  strategyId,
  accountId,
  correlationId: text,
  status: z.enum(['COMPLETED', 'SKIPPED', 'REJECTED', 'ROLLED_BACK', 'UNKNOWN', 'HALTED']),
  reason: z.exactOptional(reasonShape),
  orders: z.array(orderShape),
  steps: z.array(
    z.object({
      name: z.enum(STEP_NAMES),
      status: z.enum(['COMPLETED', 'FAILED', 'COMPENSATED']),
      startedAtMs: number,
      endedAtMs: number,
      detail: optionalText,
    }),
  ),
  retries: numberOrZero,
  watched: watchedShape,
  reexecutedAs: z.exactOptional(executionId),
  receivedAtMs: number,
  startedAtMs: number,
  endedAtMs: number,
}) satisfies z.ZodMiniType<Execution>;
