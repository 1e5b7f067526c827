/**
 * How often a proof is repeated: a smaller number in `npm test`, which has five minutes for everything, and the full
 * one in `npm run proof`.
 */
export function scaled(inSuite: number, full: number): number {
  return process.env.PROOF_SCALE === 'full' ? full : inSuite;
}
