import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Listing } from '../../functions/core/listing.ts';
import { listIdsOf } from '../../functions/ledger/listings.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { accepted, configure, type ShownSignal, settled } from '../support/trading.ts';
import { until } from '../support/until.ts';

const SIGNALS = 12;

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
  await configure(cloud, 'logged', ['logged-1', 'logged-2']);
});
afterAll(() => cloud?.stop());

/** Kills the environments of the activity function as long as they come, and says how many. */
function killActivity(): () => number {
  const killed = new Set<number>();
  const timer = setInterval(() => {
    for (const pid of cloud.pids().activity ?? []) {
      if (!killed.has(pid)) {
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
      }
    }
  }, 5);
  return () => {
    clearInterval(timer);
    return killed.size;
  };
}

async function trades(from: number): Promise<{ signals: ShownSignal[]; durationMs: number }> {
  const startedAtMs = performance.now();
  const signals: ShownSignal[] = [];
  for (let index = 0; index < SIGNALS; index += 1) {
    const payload = {
      id: `logged-${from + index}`,
      symbol: 'MNQM5',
      action: 'buy',
      quantity: 1,
      price: 100 + index,
    };
    signals.push(await settled(cloud, await accepted(cloud, 'logged', payload)));
  }
  return { signals, durationMs: performance.now() - startedAtMs };
}

interface Shown {
  readonly type: string;
  readonly executionId?: string;
  readonly clientOrderId?: string;
  readonly signalId?: string;
  readonly status?: string;
}

async function activity(query: string): Promise<Shown[]> {
  const items: Shown[] = [];
  let cursor = '';
  do {
    const page = (await cloud.mustAdmin(`/activity?limit=100${query}${cursor}`)) as {
      items: Shown[];
      nextCursor?: string;
    };
    items.push(...page.items);
    cursor = page.nextCursor === undefined ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  return items;
}

/** What of the ledger's signals, executions and orders the log does not tell. */
async function missing(signals: readonly ShownSignal[]): Promise<string[]> {
  const told = await activity('');
  const has = (wanted: Partial<Shown>) =>
    told.some((entry) => Object.entries(wanted).every(([name, value]) => Reflect.get(entry, name) === value));
  return signals.flatMap(({ signalId, executions }) => [
    ...(has({ type: 'SIGNAL_ACCEPTED', signalId }) ? [] : [signalId]),
    ...executions.flatMap(({ executionId, status, orders }) => [
      ...(has({ type: 'EXECUTION_STARTED', executionId }) ? [] : [`start of ${executionId}`]),
      ...(has({ type: 'EXECUTION_RECORDED', executionId, status }) ? [] : [executionId]),
      ...orders.flatMap((order) =>
        has({ type: 'ORDER_CHANGED', clientOrderId: order.clientOrderId, status: order.status })
          ? []
          : [order.clientOrderId],
      ),
    ]),
  ]);
}

test('trading goes on at full speed while the activity log is down, and the log catches up with nothing missing (I10)', async () => {
  const well = await trades(0);
  await until(
    async () => ((await missing(well.signals)).length === 0 ? true : undefined),
    'the log to have it all',
  );

  const stopKilling = killActivity();
  const down = await trades(SIGNALS);
  expect(await missing(down.signals)).not.toEqual([]);
  expect(stopKilling()).toBeGreaterThan(0);
  // Twice for want of a quiet machine; a path that waited for the log would not have ended at all.
  expect(down.durationMs).toBeLessThan(2 * well.durationMs + 1_000);

  const signals = [...well.signals, ...down.signals];
  await until(async () => ((await missing(signals)).length === 0 ? true : undefined), 'the log to catch up');
  const [execution] = down.signals[0]?.executions ?? [];
  const ofOne = (await activity(`&executionId=${execution?.executionId}&sort=at`)).map(({ type }) => type);
  expect(ofOne).toEqual(['EXECUTION_STARTED', 'ORDER_CHANGED', 'EXECUTION_RECORDED', 'ORDER_CHANGED']);

  const executionIds = signals.flatMap(({ executions }) => executions.map(({ executionId }) => executionId));
  const areListed = async (listing: Listing, ids: readonly string[]) => {
    const range = { from: ' ', to: '\u{10FFFF}', order: 'oldest-first', limit: 1_000 } as const;
    const listed = await listIdsOf(cloud.operations, listing, range);
    return ids.every((id) => listed.ids.includes(id));
  };
  const has = async () =>
    (await areListed({ kind: 'execution', by: 'strategyId', value: 'logged' }, executionIds)) &&
    (await areListed(
      { kind: 'signal', by: 'webhookId', value: 'logged' },
      signals.map(({ signalId }) => signalId),
    ));
  await until(async () => ((await has()) ? true : undefined), 'the listings to catch up');
});
