import type { Clock } from '../core/clock.ts';
import type { Engine } from '../engine/engine.ts';
import type { Operations } from '../ledger/operations-table.ts';
import type { Ledger } from '../ledger/table.ts';
import type { Scope } from '../ledger/tokens.ts';
import type { Queue } from '../shared/accounts-queue.ts';
import type { HttpAnswer, HttpRequest } from '../shared/http.ts';
import type { SecretReader } from '../shared/secret-reader.ts';
import type { SecretWriter } from '../shared/secret-writer.ts';

/** What answering needs from the outside. */
export interface AdminContext {
  readonly ledger: Ledger;
  readonly operations: Operations;
  /** The front door's memory; only asked whether it is there. */
  readonly idempotencyTableName: string;
  readonly secrets: SecretWriter;
  /** Reads what {@link secrets} may not: the venues' credentials. */
  readonly readSecret: SecretReader;
  /** The start of the names of this stage's secrets. */
  readonly secretNamePrefix: string;
  readonly clock: Clock;
  /** For commands that act at the venue. */
  readonly engine: Engine;
  readonly accountsQueue: Queue;
  readonly deadLetterQueue: Queue;
  /** Where ends what `activity` and `alerts` were given up on; only asked how much there is. */
  readonly failureQueues: { readonly activity: Queue; readonly alerts: Queue };
}

/** A request to one route. */
export interface AdminRequest extends HttpRequest {
  /** The parts of the path that the route names. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whose token it came with; empty where none is needed. */
  readonly tokenId: string;
  /** Which changes that token may ask for. */
  readonly scopes: readonly Scope[];
  /** Adds to the log line of a change: why it was asked for, what it led to. No secrets. */
  note(details: Readonly<Record<string, unknown>>): void;
}

/** What answers one route. */
export type AdminHandle = (context: AdminContext, request: AdminRequest) => Promise<HttpAnswer>;

/** Who may use a route: anyone, who may read, or who may change things. */
export type Access = 'public' | 'viewer' | 'operator';

/** One method of one path. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Below {@link BASE_PATH}; a part in braces takes any text without a slash: `/webhooks/{id}`. */
  readonly path: string;
  readonly access: Access;
  /** Which scope a change needs; every change names one. Absent: all of them. */
  readonly scope?: Scope;
  /** Whether it only takes risk away, and so is done even if it cannot be written into the activity log. @default false */
  readonly isSafe?: boolean;
  readonly handle: AdminHandle;
}

export const BASE_PATH = '/api/v1';
