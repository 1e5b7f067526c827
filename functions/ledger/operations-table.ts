import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Listing } from '../core/listing.ts';
import type { Key } from './table.ts';

/**
 * The table of what operators look at: the activity log, alerts, figures, and where records are found by what is in
 * them. Nothing on the path reads or writes it.
 */
export interface Operations {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** Where each kind of item is. docs/architecture.md lists their attributes. */
export const operationsKeys = {
  /** One entry of the log of one scope (`ACCOUNT#<id>`, `STRATEGY#<id>`, ...), in the order of its place. */
  activity: (scope: string, place: string): Key => ({ pk: `ACTIVITY#${scope}`, sk: place }),
  /** An alert, by an id that sorts by time. */
  alert: (alertId: string): Key => ({ pk: 'ALERT', sk: alertId }),
  /** What the alerts of one type about one subject have come to lately. */
  alertWindow: (type: string, subject: string): Key => ({
    pk: `ALERT_WINDOW#${type}#${subject}`,
    sk: 'WINDOW',
  }),
  /** What happened in one minute; both times ISO 8601, as far as the hour and the minute. */
  figures: (hour: string, minute: string): Key => ({ pk: `FIGURES#${hour}`, sk: minute }),
  /** That a record of the ledger has, or had, a value. Ids sort by time. */
  listing: ({ kind, by, value }: Listing, id: string): Key => ({
    pk: `LISTING#${kind}#${by}#${value}`,
    sk: id,
  }),
  /** Since when everything is listed. */
  listingBeginning: (): Key => ({ pk: 'LISTING', sk: 'BEGINNING' }),
};
