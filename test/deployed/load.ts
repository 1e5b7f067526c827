import { until } from '../support/until.ts';
import type { Answer } from './http.ts';

/** How a {@link Load} calls what is deployed. */
export interface LoadClient {
  /** Sends an account a signal that no other is like. */
  send(accountId: string, number: number): Promise<Answer>;
  /** What became of a signal. */
  read(signalId: string): Promise<SignalView>;
}

/** A signal as the API shows it, as far as a load reads it. */
export interface SignalView {
  readonly executions?: readonly {
    readonly status: string;
    readonly orders: readonly { readonly status: string }[];
  }[];
}

/** What a load has done to one account. */
export interface AccountLoad {
  readonly accountId: string;
  readonly answers: readonly Answer[];
  /** What became of each signal, in the order in which they were sent. */
  readonly signals: readonly SignalView[];
}

/** How many signals of an account are under way at once: enough that there always is one. */
const IN_FLIGHT = 3;

const UNDER_WAY = ['PENDING', 'RUNNING', 'UNKNOWN'];
const DONE_PATIENCE_MS = 60_000;

/**
 * Sends signals to accounts without a pause, each as soon as an earlier one is done, until it is told to end; and then
 * as many more, so that what came meanwhile has to deal with them.
 */
export class Load {
  readonly #client: LoadClient;
  readonly #accounts: Promise<readonly AccountLoad[]>;
  #sent = 0;
  #last = Number.POSITIVE_INFINITY;

  /** Starts at once. */
  constructor(client: LoadClient, accountIds: readonly string[]) {
    this.#client = client;
    this.#accounts = Promise.all(accountIds.map((accountId) => this.#trade(accountId)));
    // Whoever ends the load hears of what failed.
    this.#accounts.catch(() => undefined);
  }

  /** How many signals have been sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Sends so many more, and waits until all are done. */
  async end(more: number): Promise<readonly AccountLoad[]> {
    this.#last = this.#sent + more;
    return await this.#accounts;
  }

  async #trade(accountId: string): Promise<AccountLoad> {
    const answers: Answer[] = [];
    const signals: SignalView[] = [];
    const waitForNext = async () => signals.push(await this.#done(answers[signals.length]));
    while (this.#sent < this.#last) {
      this.#sent += 1;
      const answer = await this.#client.send(accountId, answers.length + 1);
      answers.push(answer);
      if (answer.status !== 202) {
        return { accountId, answers, signals };
      }
      if (answers.length - signals.length >= IN_FLIGHT) {
        await waitForNext();
      }
    }
    while (signals.length < answers.length) {
      await waitForNext();
    }
    return { accountId, answers, signals };
  }

  #done(answer: Answer | undefined): Promise<SignalView> {
    const { signalId } = JSON.parse(answer?.text ?? '{}');
    const ask = async () => {
      const signal = await this.#client.read(signalId);
      const executions = signal.executions ?? [];
      return executions.length > 0 && executions.every(({ status }) => !UNDER_WAY.includes(status))
        ? signal
        : undefined;
    };
    return until(ask, `the end of the signal ${signalId}`, DONE_PATIENCE_MS);
  }
}
