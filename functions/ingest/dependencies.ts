import type { Logger } from '@aws-lambda-powertools/logger';
import type { Clock } from '../core/clock.ts';
import type { WebhookId } from '../core/ids.ts';
import type { RateMemory } from '../ledger/rate-windows.ts';
import type { Ledger } from '../ledger/table.ts';
import type { Queue } from '../shared/accounts-queue.ts';
import type { RefusalWatch } from './refusal-watch.ts';
import type { RouteCache } from './route-cache.ts';

/** What receiving webhooks needs from the outside. */
export interface IngestDependencies {
  readonly ledger: Ledger;
  readonly idempotencyTableName: string;
  readonly queue: Queue;
  readonly routes: RouteCache;
  /** The HMAC secrets of a webhook as of one version of its route. */
  readonly hmacSecrets: (webhookId: WebhookId, version: number) => Promise<readonly string[]>;
  readonly rateMemory: RateMemory;
  readonly clock: Clock;
  readonly wait: (durationMs: number) => Promise<void>;
  readonly logger: Logger;
  readonly watchRefusal: RefusalWatch;
}
