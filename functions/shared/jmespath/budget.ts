/** Thrown when an expression cannot be applied to a value; evaluate turns it into an answer. */
export class NotApplicable extends Error {}

/**
 * How much work evaluating may be, in values looked at and characters written. Work is counted and not timed, so that the same
 * payload has the same answer on any machine.
 */
export class Budget {
  private left: number;

  constructor(steps: number) {
    this.left = steps;
  }

  /** @throws NotApplicable when there is nothing left */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) {
      throw new NotApplicable('it is too much work for a payload of this size');
    }
  }
}
