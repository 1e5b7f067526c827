import { describe, expect, it } from 'vitest';
import { HEALTH_ROUTES } from '../../functions/admin/health.ts';
import type { AdminContext, AdminRequest } from '../../functions/admin/route.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { httpEvent } from '../support/http-event.ts';

type Part = 'ledger' | 'operations' | 'idempotency' | 'accountsQueue' | 'deadLetterQueue' | 'secrets';
type Trouble = Readonly<Partial<Record<Part, () => Promise<unknown>>>>;

const fails = () => Promise.reject(Object.assign(new Error('secret host'), { name: 'ECONNREFUSED' }));
const hangs = () => new Promise<never>(() => undefined);

/** What the admin function knows, as far as health asks it, with some of it in trouble. */
function contextWith(trouble: Trouble): AdminContext {
  const answers = (part: Part) => (trouble[part] ?? (async () => ({})))();
  const tables: Readonly<Record<string, Part>> = { L: 'ledger', O: 'operations', I: 'idempotency' };
  const client = {
    send: ({ input }: { input: { TableName: string } }) => answers(tables[input.TableName] ?? 'ledger'),
  };
  const queue = (part: Part) => ({ url: part, client: { send: () => answers(part) } });
  return {
    ledger: { client, tableName: 'L' },
    operations: { client, tableName: 'O' },
    idempotencyTableName: 'I',
    accountsQueue: queue('accountsQueue'),
    deadLetterQueue: queue('deadLetterQueue'),
    readSecret: () => answers('secrets'),
    secretNamePrefix: 'onefill/test/',
    clock: Date,
  } as unknown as AdminContext;
}

async function healthWith(trouble: Trouble) {
  const [route] = HEALTH_ROUTES;
  const request = {
    ...readRequest(httpEvent({ method: 'GET', path: '/api/v1/monitoring/health' })),
    parameters: {},
  } as unknown as AdminRequest;
  const { statusCode, body = '' } = (await route?.handle(contextWith(trouble), request)) ?? { statusCode: 0 };
  return { statusCode, body, health: JSON.parse(body) };
}

describe('health', () => {
  it.each(['ledger', 'idempotency', 'accountsQueue'] as const)('is down without the %s', async (part) => {
    const { statusCode, health } = await healthWith({ [part]: fails });
    expect(statusCode).toBe(503);
    expect(health.status).toBe('down');
    expect(health.dependencies).toContainEqual({
      name: part,
      status: 'down',
      error: 'ECONNREFUSED',
      responseTimeMs: expect.any(Number),
    });
  });

  it.each(['operations', 'deadLetterQueue', 'secrets'] as const)(
    'is degraded without the %s',
    async (part) => {
      const { statusCode, health } = await healthWith({ [part]: fails });
      expect(statusCode).toBe(200);
      expect(health.status).toBe('degraded');
    },
  );

  it('tells the names of errors and not what they say', async () => {
    expect((await healthWith({ ledger: fails, secrets: fails })).body).not.toContain('secret host');
  });

  it('waits for what hangs no longer than 2 s, and for all of it at once', async () => {
    const startedAtMs = performance.now();
    const { health } = await healthWith({ ledger: hangs, operations: hangs, secrets: hangs });
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
    const down = health.dependencies.filter(({ status }: { status: string }) => status === 'down');
    expect(down.map(({ name, error }: { name: string; error: string }) => `${name} ${error}`)).toEqual([
      'ledger Timeout',
      'operations Timeout',
      'secrets Timeout',
    ]);
  });
});
