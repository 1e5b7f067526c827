import { afterAll, beforeAll, expect, test } from 'vitest';
import { SIGNAL_FIELDS } from '../../functions/core/signal.ts';
import { type AdminHarness, startAdmin } from './harness.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const TEMPLATE = Object.fromEntries(SIGNAL_FIELDS.map((field) => [field, `data."${field}"`]));

test('a template of every field is stored as it was sent, and goes when it is left out', async () => {
  const put = await admin.put('/webhooks/mapped', { secret: 'demo-secret', template: TEMPLATE });
  expect(put.status).toBe(201);
  expect(put.body.template).toEqual(TEMPLATE);
  const read = await admin.get('/webhooks/mapped');
  expect(read.body.template).toEqual(TEMPLATE);
  expect((await admin.put('/webhooks/mapped', read.body)).body).toEqual(read.body);
  const { template: _, ...rest } = read.body;
  expect((await admin.put('/webhooks/mapped', rest)).body).not.toHaveProperty('template');
});

test('a stored template stays when another one is refused', async () => {
  await admin.put('/webhooks/kept', { secret: 'demo-secret', template: TEMPLATE });
  const refused = await admin.put('/webhooks/kept', {
    secret: '***',
    template: { ...TEMPLATE, symbol: 'data.', price: 'price(' },
  });
  expect(refused.status).toBe(422);
  expect(refused.body.error.details).toEqual([
    {
      field: 'template.symbol',
      message: 'must be a JMESPath expression; at character 6 a name, *, [ or { is expected, not the end',
    },
    {
      field: 'template.price',
      message: expect.stringContaining('at character 1 there is no function price'),
    },
  ]);
  expect((await admin.get('/webhooks/kept')).body.template).toEqual(TEMPLATE);
});
