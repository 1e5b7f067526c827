/**
 * Like `Promise.all`, but waits for every promise even when one fails: what the others start is then known, and can
 * be stopped.
 */
export async function allSettledOrThrow<const Promises extends readonly unknown[]>(promises: Promises) {
  await Promise.allSettled(promises);
  return await Promise.all(promises);
}
