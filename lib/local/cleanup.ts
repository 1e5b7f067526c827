/** Undoes what was done, the last first. */
export class Cleanup {
  readonly #steps: (() => Promise<void> | void)[] = [];
  #running: Promise<void> | undefined;

  /** Notes how to undo what was just done. */
  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Undoes everything, once: whoever asks again waits for the same. A step that fails does not keep the others. */
  run(): Promise<void> {
    this.#running ??= this.#runSteps();
    return this.#running;
  }

  async #runSteps(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, 'Not everything could be stopped.');
    }
  }
}
