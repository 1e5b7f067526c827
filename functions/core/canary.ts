/**
 * The webhook, the strategy and the paper account of the canary: a signal that Onefill sends itself every few minutes.
 * What it does is left out of the figures, which tell of the traders' signals.
 */
export const CANARY_ID = 'onefill-canary';
