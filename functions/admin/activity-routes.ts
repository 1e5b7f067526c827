import type { AdminHandle, Route } from './route.ts';

/** Loaded when it is asked for. */
const list: AdminHandle = async (context, request) =>
  (await import('./activity.ts')).listActivities(context, request);

/** `/api/v1/activity`: everything that happened, as the ledger's stream and operators' requests tell it. */
export const ACTIVITY_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/activity', access: 'viewer', handle: list },
];
