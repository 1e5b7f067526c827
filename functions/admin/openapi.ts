import { answer } from '../shared/http.ts';
import openapi from './openapi.json' with { type: 'json' };
import type { Route } from './route.ts';

/** `/api/v1/openapi.json`: the contract, for anyone. docs/openapi.yaml is its source; a test keeps the two equal. */
export const OPENAPI_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/openapi.json', access: 'public', handle: async () => answer(200, openapi) },
];
