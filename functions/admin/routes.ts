import { ACCOUNT_STATE_ROUTES } from './account-state.ts';
import { ACCOUNT_ROUTES } from './accounts.ts';
import { ACTIVITY_ROUTES } from './activity-routes.ts';
import { ALERT_ROUTES } from './alerts.ts';
import { BULK_ROUTES } from './bulk-routes.ts';
import { CIRCUIT_ROUTES } from './circuits.ts';
import { COMMAND_ROUTES } from './command-routes.ts';
import { DEAD_LETTER_ROUTES } from './dead-letters.ts';
import { EXECUTION_ROUTES } from './executions.ts';
import { HALT_ROUTES } from './halts.ts';
import { HEALTH_ROUTES } from './health.ts';
import { LOCK_ROUTES } from './locks.ts';
import { OPENAPI_ROUTES } from './openapi.ts';
import { ORDER_ROUTES } from './orders.ts';
import { PNL_ROUTES } from './pnl.ts';
import { QUEUE_ROUTES } from './queues.ts';
import { RE_EXECUTE_ROUTES } from './re-execute.ts';
import type { Route } from './route.ts';
import { SETTINGS_ROUTES } from './settings.ts';
import { SIGNAL_ROUTES } from './signals.ts';
import { STRATEGY_ROUTES } from './strategies.ts';
import { TOKEN_ROUTES } from './token-routes.ts';
import { TRADE_ROUTES } from './trades.ts';
import { TRANSACTION_ROUTES } from './transactions.ts';
import { WEBHOOK_ROUTES } from './webhooks.ts';
import { WORKER_ROUTES } from './worker.ts';

/** Everything the admin API answers. */
export const ROUTES: readonly Route[] = [
  ...OPENAPI_ROUTES,
  ...WEBHOOK_ROUTES,
  ...STRATEGY_ROUTES,
  ...ACCOUNT_ROUTES,
  ...ACCOUNT_STATE_ROUTES,
  ...BULK_ROUTES,
  ...SIGNAL_ROUTES,
  ...EXECUTION_ROUTES,
  ...ORDER_ROUTES,
  ...PNL_ROUTES,
  ...TRADE_ROUTES,
  ...COMMAND_ROUTES,
  ...HALT_ROUTES,
  ...RE_EXECUTE_ROUTES,
  ...LOCK_ROUTES,
  ...CIRCUIT_ROUTES,
  ...TRANSACTION_ROUTES,
  ...DEAD_LETTER_ROUTES,
  ...SETTINGS_ROUTES,
  ...TOKEN_ROUTES,
  ...HEALTH_ROUTES,
  ...QUEUE_ROUTES,
  ...WORKER_ROUTES,
  ...ACTIVITY_ROUTES,
  ...ALERT_ROUTES,
];
