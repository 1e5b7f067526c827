/** What is used here of libraries that come without types. */

declare module 'dynamodb-lock-client' {
  /** The AWS SDK of version 2's document client, as far as the library calls it. */
  export interface CallbackClient {
    get(parameters: object, callback: Callback): void;
    put(parameters: object, callback: Callback): void;
    delete(parameters: object, callback: Callback): void;
  }

  export type Callback = (error: unknown, answer?: unknown) => void;

  export interface Lock {
    readonly fencingToken: number;
    release(callback: (error?: unknown) => void): void;
  }

  export class FailOpen {
    constructor(configuration: {
      readonly dynamodb: CallbackClient;
      readonly lockTable: string;
      readonly partitionKey: string;
      readonly sortKey: string;
      readonly leaseDurationMs: number;
      readonly retryCount: number;
    });
    acquireLock(id: object, callback: (error: unknown, lock: Lock) => void): void;
  }
}

declare module 'opossum' {
  /** What `toJSON` gives, and the options `state` and `status` take back. */
  export interface Snapshot {
    readonly state: object;
    readonly status: object;
  }

  export default class CircuitBreaker<Result> {
    constructor(
      action: () => Promise<Result>,
      options: {
        readonly state?: object;
        readonly status?: object;
        readonly errorThresholdPercentage: number;
        readonly volumeThreshold: number;
        readonly resetTimeout: number;
        readonly rollingCountTimeout: number;
        readonly timeout: false;
        readonly enableSnapshots: false;
        readonly rollingPercentilesEnabled: false;
      },
    );
    fire(): Promise<Result>;
    toJSON(): Snapshot;
    shutdown(): void;
  }
}
