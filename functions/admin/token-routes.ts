import type { Route } from './route.ts';

/** Rarely asked for, and so loaded when it is. */
const tokens = () => import('./tokens.ts');

/** `/api/v1/tokens`: who may read and change things, and until when. */
export const TOKEN_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/tokens',
    access: 'viewer',
    handle: async (context, request) => (await tokens()).listTokens(context, request),
  },
  {
    method: 'POST',
    path: '/tokens',
    access: 'operator',
    scope: 'tokens',
    handle: async (context, request) => (await tokens()).issueToken(context, request),
  },
  {
    method: 'DELETE',
    path: '/tokens/{id}',
    access: 'operator',
    scope: 'tokens',
    handle: async (context, request) => (await tokens()).revoke(context, request),
  },
];
