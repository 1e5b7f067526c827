import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { configure, type ShownSignal, settled, venueOrders } from '../support/trading.ts';
import { until } from '../support/until.ts';
import { recordAccepted, signalFor } from './support.ts';

let cloud: TestCloud;
/** Has the schedule's minute pass. */
let pass: () => void;

beforeAll(async () => {
  cloud = await startTestCloud({
    every: (periodMs, tick) => {
      expect(periodMs).toBe(60_000);
      pass = tick;
      return () => undefined;
    },
  });
  await configure(cloud, 'strategy', ['orphan']);
});
afterAll(() => cloud?.stop());

const runs = () =>
  cloud.cloud.logs('reconcile').filter((line) => line.includes('"message":"Reconciled."')).length;

describe('the reconciler of the local cloud', () => {
  it('runs by the schedule of the template, and has an orphan executed exactly once', async () => {
    const [request] = signalFor(['orphan'], Date.now() - 30_000);
    const { signalId } = request ?? expect.fail();
    await recordAccepted(cloud.ledger, [request ?? expect.fail()]);
    expect((await cloud.mustAdmin(`/signals/${signalId}`)) as ShownSignal).toMatchObject({
      executions: [{ accountId: 'orphan', status: 'PENDING' }],
    });

    pass();

    expect(await settled(cloud, signalId)).toMatchObject({ executions: [{ status: 'COMPLETED' }] });
    for (const count of [2, 3]) {
      await until(async () => runs() === count - 1 || undefined, `run ${count - 1}`);
      pass();
      await until(async () => runs() === count || undefined, `run ${count}`);
    }
    expect(await venueOrders(cloud, 'orphan')).toHaveLength(1);
    expect(await cloud.countMessages(cloud.accountsQueueUrl)).toMatchObject({ visible: 0, inFlight: 0 });
  });
});
