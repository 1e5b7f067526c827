import { ACCOUNT_STATE_ROUTES } from './account-state.ts';
import { ACCOUNT_ROUTES } from './accounts.ts';
import { EXECUTION_ROUTES } from './executions.ts';
import { OPENAPI_ROUTES } from './openapi.ts';
import { ORDER_ROUTES } from './orders.ts';
import type { Route } from './route.ts';
import { SIGNAL_ROUTES } from './signals.ts';
import { STRATEGY_ROUTES } from './strategies.ts';
import { WEBHOOK_ROUTES } from './webhooks.ts';

/** Everything the admin API answers. */
export const ROUTES: readonly Route[] = [
  ...OPENAPI_ROUTES,
  ...WEBHOOK_ROUTES,
  ...STRATEGY_ROUTES,
  ...ACCOUNT_ROUTES,
  ...ACCOUNT_STATE_ROUTES,
  ...SIGNAL_ROUTES,
  ...EXECUTION_ROUTES,
  ...ORDER_ROUTES,
];
