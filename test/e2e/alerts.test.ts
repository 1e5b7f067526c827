import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { until } from '../support/until.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
}, 120_000);
afterAll(() => cloud.stop());

interface AlertList {
  readonly items: readonly {
    readonly alertId: string;
    readonly subject: string;
    readonly notifications: number;
    readonly acknowledged: boolean;
  }[];
}

/** The alerts of one type that are kept. */
const alertsOf = async (type: string) =>
  ((await cloud.mustAdmin(`/monitoring/alerts?type=${type}`)) as AlertList).items;

const notificationsOf = (type: string) =>
  cloud.cloud.notifications().filter(({ attributes }) => attributes.type === type);

it('an order that the venue does not tell about is kept as an alert, told once, and acknowledged', async () => {
  const faults = [
    { kind: 'timeout-after-accept', on: 'place', always: true },
    { kind: 'unavailable', on: 'lookup', always: true },
  ];
  const put = (path: string, body: object) => cloud.mustAdmin(path, { method: 'PUT', body });
  await put('/webhooks/alarming', { secret: 'alarming-secret' });
  await put('/accounts/silent', { broker: 'paper', simulation: { faults } });
  await put('/strategies/alarming', { webhookId: 'alarming', accounts: [{ accountId: 'silent' }] });
  const signal = { symbol: 'MNQ1!', action: 'buy', quantity: 1, price: 21_534.25 };
  const sent = await cloud.send('alarming', signal, { 'x-webhook-secret': 'alarming-secret' });
  const { executions } = sent.body as { executions: readonly { executionId: string }[] };

  const alert = await until(
    async () => (await alertsOf('ORDER_UNKNOWN')).find(({ notifications }) => notifications > 0),
    'an alert that is kept and told',
    60_000,
  );
  expect(alert).toMatchObject({
    subject: executions[0]?.executionId,
    severity: 'HIGH',
    notifications: 1,
    acknowledged: false,
  });
  expect(notificationsOf('ORDER_UNKNOWN')).toMatchObject([
    { attributes: { severity: 'HIGH' }, subject: expect.stringContaining('[Onefill] HIGH ORDER_UNKNOWN') },
  ]);

  const path = `/monitoring/alerts/${alert.alertId}/acknowledge`;
  expect(await cloud.mustAdmin(path, { method: 'POST', body: { reason: 'Looking.' } })).toMatchObject({
    acknowledged: true,
    acknowledgement: { reason: 'Looking.' },
  });
}, 90_000);
