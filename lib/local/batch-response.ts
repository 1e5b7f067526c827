import * as z from 'zod/mini';

const BatchResponse = z.nullish(
  z.object({
    batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string() }))),
  }),
);

/**
 * Which items failed, by what a function that reports batch item failures answers; an answer without failures means
 * that all are done.
 *
 * @param payload the function's result as JSON
 * @returns nothing when Lambda cannot read the answer: then the whole batch has failed
 */
export function batchItemFailures(payload: string): readonly string[] | undefined {
  const result: unknown = JSON.parse(payload);
  const { success, data } = z.safeParse(BatchResponse, result === '' ? null : result);
  return success ? (data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier) : undefined;
}
