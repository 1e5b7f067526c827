import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';
import { CANARY_ID } from '../core/canary.ts';
import type { Clock } from '../core/clock.ts';
import { OnefillError } from '../core/errors.ts';
import type { Execution } from '../core/execution.ts';
import { readExecution } from '../ledger/executions.ts';
import type { Ledger } from '../ledger/table.ts';
import { executionId } from '../shared/shapes.ts';
import { CANARY_ACCOUNT, installCanary } from './install.ts';

/** What the canary needs from the outside. */
export interface CanaryDependencies {
  readonly ledger: Ledger;
  /** Where the HTTP API answers, without a slash at the end. */
  readonly apiUrl: string;
  readonly clock: Clock;
}

/**
 * What a run came to. `held`: a kill switch of an operator stopped the signal, which shows that the path works as far as
 * there. `silenced`: an operator disabled the canary's webhook.
 */
export type CanaryResult =
  | { readonly kind: 'sung'; readonly latencyMs: number }
  | { readonly kind: 'held' | 'silenced' };

/** Longer than a killed execution takes to be recovered. */
const PATIENCE_MS = 10_000;
const POLL_MS = 50;
const REQUEST_TIMEOUT_MS = 5_000;
const SECRET_BYTES = 24;
/** Another environment's secret counts since, or somebody deleted the webhook. */
const NOT_INSTALLED: readonly number[] = [401, 404];
const ACCEPTED = 202;
/** How the reasons of all kill switches end. */
const HALTED = '_HALTED';

const acceptedShape = z.object({ executions: z.array(z.object({ executionId })) });

const BUY = { symbol: 'CANARY', action: 'buy', quantity: '1', price: '100' };
const FLATTEN = { symbol: 'CANARY', action: 'flatten', price: '100' };

/**
 * A signal that Onefill sends itself: by HTTP, like everybody's, to a paper account of its own. What it buys it sells again,
 * and what a run that died has left as well.
 */
export class Canary {
  readonly #dependencies: CanaryDependencies;
  /** Known to this environment only, and for as long as it lives: the next one makes another. */
  readonly #secret = randomBytes(SECRET_BYTES).toString('base64url');
  #isInstalled = false;

  constructor(dependencies: CanaryDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Sends a signal, waits for its execution, and undoes it.
   *
   * @throws OnefillError CANARY_FAILED that says how far it came
   */
  async sing(): Promise<CanaryResult> {
    if (!this.#isInstalled && (await this.#install()) === 'silenced') {
      return { kind: 'silenced' };
    }
    const startedAtMs = this.#dependencies.clock.now();
    const bought = await this.#execute(BUY);
    const latencyMs = this.#dependencies.clock.now() - startedAtMs;
    if (bought.reason?.code.endsWith(HALTED)) {
      return { kind: 'held' };
    }
    assertCompleted('buying', bought);
    assertCompleted('selling', await this.#execute(FLATTEN));
    return { kind: 'sung', latencyMs };
  }

  async #install() {
    const installed = await installCanary(this.#dependencies.ledger, this.#secret);
    this.#isInstalled = installed === 'installed';
    return installed;
  }

  async #execute(signal: object): Promise<Execution> {
    let response = await this.#post(signal);
    if (NOT_INSTALLED.includes(response.status)) {
      await this.#install();
      response = await this.#post(signal);
    }
    if (response.status !== ACCEPTED) {
      throw failed(`The webhook was answered with ${response.status}.`);
    }
    const [target] = z.parse(acceptedShape, await response.json()).executions;
    if (target === undefined) {
      throw failed("The signal went to no account: the canary's strategy is not what it was.");
    }
    return await this.#awaitRecord(target);
  }

  async #post(signal: object): Promise<Response> {
    try {
      return await fetch(`${this.#dependencies.apiUrl}/webhooks/${CANARY_ID}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-webhook-secret': this.#secret },
        body: JSON.stringify({ id: randomUUID(), ...signal }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
    } catch (error) {
      throw failed('The webhook could not be sent.', error);
    }
  }

  async #awaitRecord(target: z.output<typeof acceptedShape>['executions'][number]): Promise<Execution> {
    const { ledger, clock } = this.#dependencies;
    const deadlineMs = clock.now() + PATIENCE_MS;
    while (clock.now() < deadlineMs) {
      const recorded = await readExecution(ledger, CANARY_ACCOUNT, target.executionId);
      if (recorded) {
        return recorded.execution;
      }
      await wait(POLL_MS);
    }
    throw failed(`The execution ${target.executionId} was not done within ${PATIENCE_MS} ms.`);
  }
}

function assertCompleted(what: string, { executionId: id, status, reason }: Execution): void {
  if (status !== 'COMPLETED') {
    throw failed(`The execution ${id}, ${what}, ended ${status}${reason ? `: ${reason.message}` : '.'}`);
  }
}

function failed(message: string, cause?: unknown): OnefillError {
  return new OnefillError('CANARY_FAILED', 'retry', message, { cause });
}
