import { brotliDecompressSync } from 'node:zlib';
import { answer } from '../shared/http.ts';
import compressed from './openapi-compressed.json' with { type: 'json' };
import type { Route } from './route.ts';

/**
 * `/api/v1/openapi.json`: the contract, for anyone. docs/openapi.yaml is its source; a test keeps the two equal. It is
 * compressed because it would else be a fifth of the function's code.
 */
export const OPENAPI_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/openapi.json', access: 'public', handle: async () => answer(200, readContract()) },
];

function readContract(): unknown {
  return JSON.parse(brotliDecompressSync(Buffer.from(compressed, 'base64')).toString('utf8'));
}
