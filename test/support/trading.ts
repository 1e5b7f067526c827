import type { TestCloud } from './local-cloud.ts';
import { until } from './until.ts';

/** An order as the API shows it; what tests look at. */
export interface ShownOrder {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly side: string;
  readonly quantity: string;
  readonly status: string;
  readonly averageFillPrice?: string;
  readonly createdAt: string;
}

/** A signal's receipt as the API shows it. */
export interface ShownSignal {
  readonly signalId: string;
  readonly status: string;
  readonly duplicates: number;
  readonly correlationId: string;
  readonly executions: readonly {
    readonly executionId: string;
    readonly strategyId: string;
    readonly accountId: string;
    readonly status: string;
    readonly reason?: string;
    readonly orders: readonly ShownOrder[];
  }[];
}

export const SECRET = 'the-secret-of-the-test-webhook';
const FINAL = ['COMPLETED', 'SKIPPED', 'REJECTED', 'ROLLED_BACK', 'HALTED'];

/** Configures a webhook `id` with a strategy `id` on the accounts, all over the API. */
export async function configure(
  cloud: TestCloud,
  id: string,
  accountIds: readonly string[],
  changes: { strategy?: object; account?: object; webhook?: object } = {},
): Promise<void> {
  const put = (path: string, body: object) => cloud.mustAdmin(path, { method: 'PUT', body });
  await put(`/webhooks/${id}`, {
    secret: SECRET,
    rateLimit: { limit: 1_000, windowSeconds: 1 },
    ...changes.webhook,
  });
  for (const accountId of accountIds) {
    await put(`/accounts/${accountId}`, { broker: 'paper', ...changes.account });
  }
  await put(`/strategies/${id}`, {
    webhookId: id,
    accounts: accountIds.map((accountId) => ({ accountId })),
    ...changes.strategy,
  });
}

/** Sends a signal that has to be accepted. @returns its id */
export async function accepted(
  cloud: TestCloud,
  webhookId: string,
  payload: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await cloud.send(webhookId, payload, { 'x-webhook-secret': SECRET, ...headers });
  if (answer.status !== 202) {
    throw new Error(`The webhook answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return (answer.body as { signalId: string }).signalId;
}

/** The receipt of a signal once every execution of it is final. */
export function settled(cloud: TestCloud, signalId: string): Promise<ShownSignal> {
  return until(async () => {
    const signal = (await cloud.mustAdmin(`/signals/${signalId}`)) as ShownSignal;
    return signal.executions.every(({ status }) => FINAL.includes(status)) ? signal : undefined;
  }, `signal ${signalId} to be executed`);
}

/** Sends a signal and waits for its end; gives its only execution. */
export async function trade(cloud: TestCloud, webhookId: string, payload: unknown) {
  const { executions } = await settled(cloud, await accepted(cloud, webhookId, payload));
  const [execution] = executions;
  if (!execution || executions.length !== 1) {
    throw new Error(`The signal has ${executions.length} executions.`);
  }
  return execution;
}

/** What the venue itself holds for an account, oldest first. */
export async function venueOrders(cloud: TestCloud, accountId: string): Promise<ShownOrder[]> {
  const { items } = (await cloud.mustAdmin(`/accounts/${accountId}/broker-orders`)) as {
    items: ShownOrder[];
  };
  return items.toReversed();
}

/** An account's signed position in MNQM5. */
export async function positionOf(cloud: TestCloud, accountId: string): Promise<string> {
  const { items } = (await cloud.mustAdmin(`/accounts/${accountId}/positions`)) as {
    items: { symbol: string; quantity: string }[];
  };
  return items.find(({ symbol }) => symbol === 'MNQM5')?.quantity ?? '0';
}
