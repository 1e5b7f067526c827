/**
 * Tells apart what time goes into models and what into those that call them, in microseconds. By the clock: nobody waits
 * for anything here, and CPU time is counted in ticks far longer than what is timed. Whatever else the machine does makes
 * single times longer, so that medians of many are to be compared.
 */
export class Stopwatch {
  #modelsUs = 0;

  /** The client, whose work counts as a model's. Models do all of it before they return. */
  around<Client extends object>(client: Client & { send(command: never): unknown }): Client {
    const send = (command: object) => {
      const startedUs = nowUs();
      try {
        return client.send(command as never);
      } finally {
        this.#modelsUs += nowUs() - startedUs;
      }
    };
    return Object.create(client, { send: { value: send, writable: true, configurable: true } }) as Client;
  }

  /** How long some work takes by itself, without the models that it calls. */
  async time(work: () => Promise<void>): Promise<number> {
    const startedUs = nowUs() - this.#modelsUs;
    await work();
    return nowUs() - this.#modelsUs - startedUs;
  }
}

const MICROSECONDS = 1_000;

function nowUs(): number {
  return performance.now() * MICROSECONDS;
}
