import type { ActivityEntry } from '../core/activity.ts';

type NameIn<Entry> = Entry extends unknown ? keyof Entry : never;
type ShownAs<Name> = Name extends `${infer Time extends string}AtMs`
  ? `${Time}At`
  : Name extends `${infer Time extends string}UntilMs`
    ? `${Time}Until`
    : Name;

/** What an entry can say beside its id, time and account, as answers name it. */
type ShownField = ShownAs<NameIn<ActivityEntry>> | 'reasonMessage';

/** Typed so that a field that is added to the log fails the type check here. */
const FIELDS = {
  ...{ type: 1, accountId: 1, strategyId: 1, webhookId: 1, signalId: 1, executionId: 1, correlationId: 1 },
  ...{ reason: 1, reasonMessage: 1, from: 1, status: 1, state: 1, symbol: 1, side: 1, quantity: 1 },
  ...{ filledQuantity: 1, averageFillPrice: 1, price: 1, leg: 1, orderType: 1, clientOrderId: 1 },
  ...{ openQuantity: 1, openedQuantity: 1, entryPrice: 1, exitPrice: 1, realizedPnl: 1, protection: 1 },
  ...{ refusal: 1, action: 1, executions: 1, duplicates: 1, retries: 1, as: 1, placeMs: 1 },
  ...{ receivedAt: 1, startedAt: 1, endedAt: 1, ownerId: 1, fromOwnerId: 1, fencingToken: 1 },
  ...{ contentions: 1, waitMs: 1, timeouts: 1, openUntil: 1, slot: 1, probeSuccesses: 1, subject: 1 },
  ...{ scope: 1, haltedBy: 1, kind: 1, id: 1, change: 1, fields: 1, tokenId: 1, role: 1, method: 1 },
  ...{ path: 1, statusCode: 1, outcome: 1, pk: 1, sk: 1, problem: 1 },
} as const satisfies { readonly [Field in ShownField]: 1 };

/** The columns of the log as CSV: every field that an entry of some type has. */
export const ACTIVITY_COLUMNS: readonly string[] = ['activityId', 'at', ...Object.keys(FIELDS)];
