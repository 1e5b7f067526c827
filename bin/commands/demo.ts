import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { AdminClient } from '../cli/admin-client.ts';
import type { Values } from '../cli/command.ts';
import { type CONNECTION, connect } from '../cli/connection.ts';
import { EXIT, UnreachableError } from '../cli/errors.ts';
import type { Session } from '../cli/session.ts';
import { killStrategyEnvironments } from './kill-strategy.ts';

const SYMBOL = 'MNQM5';
const SECRET = 'incident-secret';
/** As measured in the incident. */
const DUPLICATE_AFTER_MS = 141;
/** The venue is slowed, so that the kill finds the worker with an order on its way. */
const SLOW_VENUE_MS = 1_500;
const POLL_MS = 20;
const PATIENCE_MS = 30_000;
const RECOVERY_MS_MAX = 5_000;

const acceptedShape = z.object({
  signalId: z.string(),
  executions: z.tuple([z.object({ executionId: z.string() })]),
});
const executionShape = z.object({
  status: z.string(),
  reason: z.optional(z.string()),
  reasonMessage: z.optional(z.string()),
  orders: z.array(z.object({ side: z.string(), quantity: z.string(), status: z.string() })),
});
const brokerOrdersShape = z.object({
  items: z.array(z.object({ side: z.string(), quantity: z.string(), status: z.string() })),
});
const positionsShape = z.object({ items: z.array(z.object({ symbol: z.string(), quantity: z.string() })) });

type Execution = z.output<typeof executionShape>;

/**
 * Replays the incident that Onefill exists to prevent (one webhook, twice within 141 ms, while a worker is killed)
 * against the running local cloud, at its worst moment: with a legitimate order on its way to the venue.
 *
 * @returns 0 when the venue holds the two legitimate orders and no other, else 1
 */
export async function demo(values: Values<typeof CONNECTION>, session: Session): Promise<number> {
  const admin = connect(values, session);
  const { url } = admin;
  try {
    await fetch(`${url}/health`);
  } catch {
    throw new UnreachableError(`Nothing answers at ${url}. Start the local cloud first: npm start`);
  }
  const isAsItShould = await new Story(
    url,
    admin,
    resolve(session.environment.ONEFILL_DATA_DIR || '.onefill'),
  ).tell();
  return isAsItShould ? EXIT.done : EXIT.failed;
}

/** The story, in the order in which it is told. */
class Story {
  private readonly url: string;
  private readonly admin: AdminClient;
  private readonly dataDirectory: string;
  private readonly accountId = `incident-${Date.now().toString(36)}`;

  constructor(url: string, admin: AdminClient, dataDirectory: string) {
    this.url = url;
    this.admin = admin;
    this.dataDirectory = dataDirectory;
  }

  async tell(): Promise<boolean> {
    await this.configure();
    say(`
The incident, replayed on paper account ${this.accountId}
A trading backend executed a third trade nobody ordered, because one webhook arrived twice, 141 ms apart,
while a worker was killed. The same happens to Onefill now.
`);
    await this.sellToOpen();
    return this.judge(await this.buyAndCrash());
  }

  private async configure(): Promise<void> {
    const rateLimit = { limit: 100, windowSeconds: 1 };
    await this.admin.put('/webhooks/incident', { name: 'The incident', secret: SECRET, rateLimit });
    await this.slowVenue(0);
    await this.admin.put('/strategies/incident', {
      name: 'The incident',
      webhookId: 'incident',
      allowShort: true,
      accounts: [{ accountId: this.accountId }],
    });
  }

  private async slowVenue(latencyMs: number): Promise<void> {
    await this.admin.put(`/accounts/${this.accountId}`, { broker: 'paper', simulation: { latencyMs } });
  }

  private async sellToOpen(): Promise<void> {
    const { executionId } = await this.post(alert('sell', 'short', 'flat', '21534.25'));
    const execution = await this.ended(executionId);
    say(`14:29:18  signal: SELL 2 ${SYMBOL} to open a short    → ${told(execution)}`);
  }

  private async buyAndCrash() {
    await this.slowVenue(SLOW_VENUE_MS);
    const buy = await this.post(alert('buy', 'flat', 'short', '21530.00'));
    await this.sending(buy.executionId);
    say(`14:35:47  signal: BUY 2 ${SYMBOL} to close it         → its order is on the way to a slow venue`);

    // It asks to close a long position that the account does not have: the third trade of the incident.
    const pair = alert('sell', 'flat', 'long', '21528.75');
    const first = await this.post(pair);
    say(`14:49:57.150  webhook: SELL 2 ${SYMBOL}               → 202, queued behind the BUY`);
    await wait(DUPLICATE_AFTER_MS);
    const second = await this.post(pair);
    say(
      `14:49:57.291  the same webhook again, ${DUPLICATE_AFTER_MS} ms later → ${second.status}, ${replay(second)}`,
    );

    const killed = killStrategyEnvironments(this.dataDirectory);
    const killedAtMs = performance.now();
    say(
      `14:49:57.xxx  kill -9 of the worker, its order unanswered (pid ${killed.join(', ') || 'none found'})`,
    );
    await this.slowVenue(0);
    const bought = await this.ended(buy.executionId);
    const recoveryMs = Math.round(performance.now() - killedAtMs);
    say(`              recovered ${recoveryMs} ms after the kill: the BUY    → ${told(bought)}`);
    const sold = await this.ended(first.executionId);
    say(`              the pair, one signal, in its turn        → ${told(sold)}`);
    return { first, second, bought, sold, recoveryMs, killed };
  }

  private async judge(told: Awaited<ReturnType<Story['buyAndCrash']>>): Promise<boolean> {
    const [orders, positions] = await Promise.all([
      this.admin.get(`/accounts/${this.accountId}/broker-orders`),
      this.admin.get(`/accounts/${this.accountId}/positions`),
    ]);
    const held = z.parse(brokerOrdersShape, orders).items.map(({ side, quantity }) => `${side} ${quantity}`);
    const open = z.parse(positionsShape, positions).items.filter(({ quantity }) => quantity !== '0');
    const checks: readonly (readonly [string, boolean])[] = [
      ['the venue holds the two legitimate orders and no other', held.sort().join() === 'buy 2,sell 2'],
      ['the account is flat', open.length === 0],
      ['both webhooks of the pair are one signal', told.first.signalId === told.second.signalId],
      ['the second one was told that it is a duplicate', told.second.replayed],
      ['a worker was killed', told.killed.length > 0],
      ['the killed BUY was completed once', told.bought.status === 'COMPLETED'],
      ['the pair traded nothing', told.sold.orders.length === 0 && told.sold.status === 'SKIPPED'],
      [`recovery took at most ${RECOVERY_MS_MAX} ms`, told.recoveryMs <= RECOVERY_MS_MAX],
    ];
    const wrong = checks.filter(([, ok]) => !ok);
    say(`
Verdict, read back from the API
  The old system: 3 trades. Two workers took the same webhook; nothing recorded, locked or looked at the position.
  Onefill: ${held.length} orders at the venue (${held.join(', ')}).
  Why: the duplicate met the first one's idempotency record and got its answer. The BUY's complete order was durable
  before the venue was called, so the next worker asked the venue for it instead of guessing. The queue kept the
  account's order, and the SELL was decided on the position after the BUY: ${told.sold.reasonMessage ?? told.sold.status}
${checks.map(([what, ok]) => `  ${ok ? '✓' : '✗'} ${what}`).join('\n')}
`);
    return wrong.length === 0;
  }

  private async post(payload: unknown) {
    const response = await fetch(`${this.url}/webhooks/incident`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-webhook-secret': SECRET },
      body: JSON.stringify(payload),
    });
    const text = await response.text();
    if (response.status !== 202) {
      throw new Error(`The webhook answered ${response.status}: ${text}`);
    }
    const { signalId, executions } = z.parse(acceptedShape, JSON.parse(text));
    const replayed = response.headers.get('idempotent-replayed') === 'true';
    return { status: response.status, signalId, executionId: executions[0].executionId, replayed };
  }

  private sending(executionId: string): Promise<Execution> {
    return this.until(executionId, ({ orders }) => orders.some(({ status }) => status === 'SENDING'));
  }

  private ended(executionId: string): Promise<Execution> {
    return this.until(executionId, ({ status }) => status !== 'PENDING' && status !== 'RUNNING');
  }

  private async until(executionId: string, holds: (execution: Execution) => boolean): Promise<Execution> {
    const path = `/executions/${encodeURIComponent(executionId)}`;
    const deadlineMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const execution = z.parse(executionShape, await this.admin.get(path));
      if (holds(execution)) {
        return execution;
      }
      if (performance.now() > deadlineMs) {
        throw new Error(`Execution ${executionId} is still ${execution.status} after ${PATIENCE_MS} ms.`);
      }
      await wait(POLL_MS);
    }
  }
}

/** A TradingView strategy alert: the order, and the position after and before it. */
function alert(action: 'buy' | 'sell', position: string, previousPosition: string, price: string) {
  return {
    ticker: SYMBOL,
    action,
    quantity: '2',
    price,
    marketPosition: position,
    prevMarketPosition: previousPosition,
    timenow: new Date().toISOString(),
  };
}

function told({ status, reason, orders }: Execution): string {
  const placed = orders
    .map((order) => `${order.side.toUpperCase()} ${order.quantity} ${order.status}`)
    .join(', ');
  return placed ? `${status}: ${placed}` : `${status} (${reason ?? 'no order'}), nothing placed`;
}

function replay({ replayed }: { replayed: boolean }): string {
  return replayed ? 'the first one’s answer again' : 'NOT recognized as a duplicate';
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
