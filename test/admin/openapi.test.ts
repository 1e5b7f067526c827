import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import compressed from '../../functions/admin/openapi-compressed.json' with { type: 'json' };
import { BASE_PATH } from '../../functions/admin/route.ts';
import { ROUTES } from '../../functions/admin/routes.ts';
import { contract, operations } from '../support/contract.ts';
import { type AdminHarness, startAdmin } from './harness.ts';

test('what is served is docs/openapi.yaml; vitest -u writes it anew', async () => {
  const text = JSON.stringify(contract);
  // What compresses it is not the same on every machine; what comes out of it is.
  if (decompressed(compressed) !== text) {
    const written = `${JSON.stringify(brotliCompressSync(text).toString('base64'))}\n`;
    await expect(written).toMatchFileSnapshot('../../functions/admin/openapi-compressed.json');
  }
});

/** The contract as it is served; empty when the file is no such thing. */
function decompressed(base64: string): string {
  try {
    return brotliDecompressSync(Buffer.from(base64, 'base64')).toString('utf8');
  } catch {
    return '';
  }
}

test('the contract has every route of the admin API, and no other', () => {
  const documented = operations
    .map(({ method, path }) => `${method} ${path}`)
    .filter((name) => name.includes(BASE_PATH));
  const handled = ROUTES.map(({ method, path }) => `${method} ${BASE_PATH}${path}`);
  expect(documented.toSorted()).toEqual(handled.toSorted());
});

test('only public operations go without a token', () => {
  for (const { method, path, access } of ROUTES) {
    const found = operations.find(
      (candidate) => candidate.method === method && candidate.path === `${BASE_PATH}${path}`,
    );
    expect(found?.operation.security, path).toEqual(access === 'public' ? [] : undefined);
  }
});

test('every operation has a name of its own, a summary and a tag', () => {
  const names = operations.map(({ operation }) => operation.operationId);
  expect(new Set(names).size).toBe(operations.length);
  for (const { operation } of operations) {
    expect(operation).toMatchObject({
      operationId: expect.any(String),
      summary: expect.any(String),
      tags: [expect.any(String)],
    });
  }
});

test('every reference leads somewhere, and every component is used', () => {
  const text = JSON.stringify(contract);
  const references = new Set(
    [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)].map(([, kind, name]) => `${kind}/${name}`),
  );
  const components = Object.entries(contract.components as Record<string, Record<string, unknown>>)
    .filter(([kind]) => kind !== 'securitySchemes')
    .flatMap(([kind, members]) => Object.keys(members).map((name) => `${kind}/${name}`));
  expect([...references].toSorted()).toEqual(components.toSorted());
});

describe('the handler', () => {
  let admin: AdminHarness;
  beforeAll(async () => {
    admin = await startAdmin();
  });
  afterAll(() => admin.stop());

  test('serves the contract to anyone', async () => {
    const { status, body } = await admin.call({
      method: 'GET',
      path: '/openapi.json',
      role: 'no-authorizer',
    });
    expect(status).toBe(200);
    expect(body).toEqual(contract);
  });

  const lists = operations.filter(
    ({ queryParameters, path }) => queryParameters.length > 0 && path.includes(BASE_PATH),
  );
  test.each(lists)(
    'takes the query parameters of $path and no others',
    async ({ method, path, queryParameters }) => {
      await admin.put('/accounts/paper-1', { broker: 'paper' });
      const list = path.slice(BASE_PATH.length).replace('{id}', 'paper-1');
      const { status, body } = await admin.call({ method, path: `${list}?mistyped=1` });
      expect(status).toBe(422);
      expect(body.error.details).toEqual([
        { field: 'mistyped', message: `is not known here; there is ${queryParameters.join(', ')}` },
      ]);
      const repeated = await admin.call({ method, path: `${list}?limit=1&limit=2` });
      expect(repeated.body.error.details).toEqual([{ field: 'limit', message: 'may be given once' }]);
    },
  );
});
