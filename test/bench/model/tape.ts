interface Answered {
  readonly command: string;
  answer: unknown;
}

/**
 * What clients answered to one request, to be answered again as often as that request is repeated: at once, and without
 * the work of whoever answered first. So what a repetition costs is the caller's own.
 */
export class Tape {
  readonly #answers: Answered[] = [];
  #position = 0;
  #isRecording = true;

  /** The client, whose answers are recorded up to the first {@link rewind} and repeated from then on. */
  around<Client extends object>(client: Client & { send(command: never): unknown }): Client {
    const send = (command: object) =>
      this.#isRecording ? this.#record(client, command) : this.#repeat(command);
    return Object.create(client, { send: { value: send, writable: true, configurable: true } }) as Client;
  }

  /** To the beginning. @throws Error when the last repetition made fewer calls than were recorded */
  rewind(): void {
    if (!this.#isRecording && this.#position !== this.#answers.length) {
      throw new Error(`Of ${this.#answers.length} calls ${this.#position} were repeated.`);
    }
    this.#isRecording = false;
    this.#position = 0;
  }

  /** By the order of the calls, not of the answers. */
  async #record(client: { send(command: never): unknown }, command: object): Promise<unknown> {
    const answered: Answered = { command: command.constructor.name, answer: undefined };
    this.#answers.push(answered);
    answered.answer = await client.send(command as never);
    return answered.answer;
  }

  #repeat(command: object): Promise<unknown> {
    const answered = this.#answers[this.#position];
    this.#position += 1;
    if (answered?.command !== command.constructor.name) {
      throw new Error(`Recorded was ${answered?.command}, not ${command.constructor.name}.`);
    }
    return Promise.resolve(answered.answer);
  }
}
