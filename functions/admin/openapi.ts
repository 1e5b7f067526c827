import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { answer } from '../shared/http.ts';
import type { Route } from './route.ts';

/**
 * `/api/v1/openapi.json`: the contract, for anyone. docs/openapi.yaml is its source; a test keeps the two equal. It is a
 * file beside the code, which else would be larger by what hardly anybody asks for.
 */
export const OPENAPI_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/openapi.json', access: 'public', handle: async () => answer(200, readContract()) },
];

function readContract(): unknown {
  const compressed: unknown = JSON.parse(
    readFileSync(new URL('openapi-compressed.json', import.meta.url), 'utf8'),
  );
  return JSON.parse(brotliDecompressSync(Buffer.from(String(compressed), 'base64')).toString('utf8'));
}
