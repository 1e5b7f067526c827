import * as z from 'zod/mini';

/** A number, which templates may also write as text. */
export const templateNumber = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^-?\d+(\.\d+)?$/))]),
  z.transform(Number),
);

/** A truth value, which templates may also write as text. */
export const templateBoolean = z.pipe(
  z.union([z.boolean(), z.enum(['true', 'false'])]),
  z.transform((value) => String(value) === 'true'),
);
