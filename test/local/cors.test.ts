import { expect, it } from 'vitest';
import { startGateway } from './gateway.ts';

const ORIGIN = 'https://console.example.com';
const CORS = {
  AllowOrigins: [ORIGIN],
  AllowMethods: ['GET', 'PUT'],
  AllowHeaders: ['authorization'],
  ExposeHeaders: ['x-correlation-id'],
  MaxAge: 600,
};
const OWN = { 'access-control-allow-origin': '*', 'x-own': 'kept' };

const corsHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

async function ask(init: RequestInit, cors?: typeof CORS) {
  const { url } = await startGateway({
    answer: () => ({ statusCode: 200, headers: OWN, body: '{}' }),
    ...(cors ? { cors } : {}),
  });
  return fetch(`${url}/webhooks/demo`, { method: 'POST', body: '{}', ...init });
}

it('without a configuration a browser is told what the function says', async () => {
  expect(corsHeaders(await ask({ headers: { origin: ORIGIN } }))).toEqual({
    'access-control-allow-origin': '*',
  });
});

it('with one an allowed origin is told what it may read, and nothing of what the function says', async () => {
  const answered = await ask({ headers: { origin: ORIGIN } }, CORS);
  expect(corsHeaders(answered)).toEqual({
    'access-control-allow-origin': ORIGIN,
    'access-control-expose-headers': 'x-correlation-id',
  });
  expect(answered.headers.get('x-own')).toBe('kept');
});

it.each([
  {},
  { origin: 'https://elsewhere.example.com' },
  { origin: `${ORIGIN}.evil.example` },
  { origin: 'null' },
])('%j is told nothing', async (headers: Record<string, string>) => {
  expect(corsHeaders(await ask({ headers }, CORS))).toEqual({});
});
