import * as z from 'zod/mini';
import { HALT_SCOPES, type Halt } from '../../core/halt.ts';
import { number, text } from '../../shared/shapes.ts';

export const haltShape = z.object({
  scope: z.enum(HALT_SCOPES),
  reason: text,
  haltedBy: text,
  haltedAtMs: number,
}) satisfies z.ZodMiniType<Halt>;
