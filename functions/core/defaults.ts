import { DEFAULT_CIRCUIT_SETTINGS } from './circuit.ts';
import type { Strategy, StrategyDefault, Webhook, WebhookDefault } from './configuration.ts';

/** What those go by who do not say otherwise. */
export interface Defaults extends Pick<Webhook, WebhookDefault>, Pick<Strategy, StrategyDefault> {}

/** As long as no operator has changed them. */
export const DEFAULTS: Defaults = {
  rateLimit: { limit: 1, windowSeconds: 1 },
  dedupeWindowSeconds: 300,
  maxSignalAgeSeconds: 60,
  circuitBreaker: DEFAULT_CIRCUIT_SETTINGS,
};
