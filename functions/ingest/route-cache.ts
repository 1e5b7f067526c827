import type { WebhookId } from '../core/ids.ts';
import type { Ledger } from '../ledger/table.ts';
import { type Route, readRoute, readRouteVersion } from '../ledger/webhooks.ts';

const ROUTES_MAX = 1_000;

/** The routes that this environment has seen, to be checked against the ledger before anything rests on them. */
export interface RouteCache {
  /** The route as last seen, or as it is now when it was not seen before. Absent ones are never remembered. */
  get(webhookId: WebhookId): Promise<{ readonly route: Route; readonly fresh: boolean } | undefined>;
  /** The route as it is now. */
  refresh(webhookId: WebhookId): Promise<Route | undefined>;
  /** Whether the route is still as it was seen; one small read. */
  isCurrent(route: Route): Promise<boolean>;
}

/** Keeps routes for the life of the environment, at most a thousand, the least recently read ones leave first. */
export function createRouteCache(ledger: Ledger): RouteCache {
  const routes = new Map<WebhookId, Route>();

  const refresh = async (webhookId: WebhookId): Promise<Route | undefined> => {
    const route = await readRoute(ledger, webhookId);
    routes.delete(webhookId);
    if (route) {
      routes.set(webhookId, route);
      const oldest = routes.keys().next().value;
      if (routes.size > ROUTES_MAX && oldest !== undefined) {
        routes.delete(oldest);
      }
    }
    return route;
  };

  return {
    get: async (webhookId) => {
      const seen = routes.get(webhookId);
      if (seen) {
        return { route: seen, fresh: false };
      }
      const route = await refresh(webhookId);
      return route && { route, fresh: true };
    },
    refresh,
    isCurrent: async (route) => (await readRouteVersion(ledger, route.webhook.webhookId)) === route.version,
  };
}
