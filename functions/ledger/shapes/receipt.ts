import * as z from 'zod/mini';
import type { Receipt } from '../../core/receipt.ts';
import {
  accountId,
  executionId,
  number,
  optionalDecimal,
  optionalNumber,
  signalId,
  strategyId,
  text,
  webhookId,
} from '../../shared/shapes.ts';
import { reasonShape } from './reason.ts';
import { signalShape } from './signal.ts';

const receiptFields = {
  signalId,
  webhookId,
  correlationId: text,
  receivedAtMs: number,
  sourceIp: text,
  duplicates: number,
};

export const receiptShape = z.discriminatedUnion('status', [
  z.object({
    ...receiptFields,
    status: z.literal('accepted'),
    signal: signalShape,
    targets: z.array(z.object({ executionId, strategyId, accountId, multiplier: optionalDecimal })),
    maxSignalAgeSeconds: optionalNumber,
    reexecutionOf: z.exactOptional(executionId),
  }),
  z.object({
    ...receiptFields,
    status: z.literal('refused'),
    reason: reasonShape,
    signal: z.exactOptional(signalShape),
  }),
]) satisfies z.ZodMiniType<Receipt>;
