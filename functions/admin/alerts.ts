import * as z from 'zod/mini';
import { ALERT_SEVERITIES, ALERT_TYPES } from '../core/alert.ts';
import { isoTime } from '../core/clock.ts';
import { alertIdPrefixAt, parseAlertId } from '../core/ids.ts';
import type { KeptAlert } from '../core/kept-alert.ts';
import { acknowledgeAlert, listAlerts } from '../ledger/alerts.ts';
import type { Operations } from '../ledger/operations-table.ts';
import { answer } from '../shared/http.ts';
import { readCommand, reason } from './command.ts';
import { fields, text, time } from './fields.ts';
import { FIRST_ID, LAST_ID, type Page, pageOf, pageParameters } from './pages.ts';
import { readQuery } from './read-request.ts';
import { notFound } from './refusals.ts';
import type { AdminContext, AdminRequest, Route } from './route.ts';

const BASE = '/monitoring/alerts';

/** `/api/v1/monitoring/alerts`: what operators are told, and who has seen it. */
export const ALERT_ROUTES: readonly Route[] = [
  { method: 'GET', path: BASE, access: 'viewer', handle: getAlerts },
  {
    method: 'POST',
    path: `${BASE}/{id}/acknowledge`,
    access: 'operator',
    scope: 'operate',
    handle: acknowledge,
  },
];

/** A filter may match little: after reading this many pages an answer is given with what was found. */
const PAGES_READ_MAX = 10;
const FILTERED_PAGE = 100;
const SUBJECT_CHARACTERS_MAX = 256;

const listParameters = {
  severity: z.optional(z.enum(ALERT_SEVERITIES, `must be one of ${ALERT_SEVERITIES.join(', ')}`)),
  type: z.optional(z.enum(ALERT_TYPES, `must be one of ${ALERT_TYPES.join(', ')}`)),
  subject: z.optional(text(1, SUBJECT_CHARACTERS_MAX)),
  acknowledged: z.optional(z.enum(['true', 'false'], 'must be true or false')),
  from: z.optional(time),
  to: z.optional(time),
  ...pageParameters((after) => parseAlertId(after) !== undefined),
};

const acknowledgeInput = fields({ reason: z.exactOptional(reason) });

async function getAlerts({ operations }: AdminContext, request: AdminRequest) {
  const query = readQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const { severity, type, subject, acknowledged, from, to, limit, cursor } = query.value;
  const isFiltered = [severity, type, subject, acknowledged].some((filter) => filter !== undefined);
  const page = await findAlerts(operations, {
    limit,
    // One more than asked for tells whether another page is worth a cursor.
    readSize: isFiltered ? FILTERED_PAGE : limit + 1,
    after: from === undefined ? FIRST_ID : alertIdPrefixAt(from),
    before: cursor?.after ?? (to === undefined ? LAST_ID : alertIdPrefixAt(to + 1)),
    matches: (alert) =>
      (severity === undefined || alert.severity === severity) &&
      (type === undefined || alert.type === type) &&
      (subject === undefined || alert.subject === subject) &&
      (acknowledged === undefined || (alert.acknowledged !== undefined) === (acknowledged === 'true')),
  });
  return answer(200, page);
}

interface AlertQuery {
  readonly limit: number;
  /** How many to look at in one read. */
  readonly readSize: number;
  readonly after: string;
  readonly before: string;
  readonly matches: (alert: KeptAlert) => boolean;
}

async function findAlerts(
  operations: Operations,
  query: AlertQuery,
): Promise<Page<ReturnType<typeof showAlert>>> {
  const found: KeptAlert[] = [];
  let { before } = query;
  for (let read = 0; read < PAGES_READ_MAX; read += 1) {
    const page = await listAlerts(operations, { after: query.after, before, limit: query.readSize });
    for (const alert of page.alerts) {
      if (query.matches(alert)) {
        if (found.length === query.limit) {
          return pageOf(found.map(showAlert), found.at(-1)?.alertId);
        }
        found.push(alert);
      }
      before = alert.alertId;
    }
    if (!page.hasMore) {
      return pageOf(found.map(showAlert), undefined);
    }
  }
  return pageOf(found.map(showAlert), before);
}

async function acknowledge({ operations, clock }: AdminContext, request: AdminRequest) {
  const input = readCommand(request, acknowledgeInput);
  if (!input.ok) {
    return input.answer;
  }
  const alertId = parseAlertId(request.parameters.id ?? '');
  const alert =
    alertId &&
    (await acknowledgeAlert(operations, alertId, {
      by: request.tokenId,
      atMs: clock.now(),
      ...input.value,
    }));
  return alert
    ? answer(200, showAlert(alert))
    : notFound(request, `There is no alert ${request.parameters.id}.`);
}

function showAlert(alert: KeptAlert) {
  const { alertId, type, severity, subject, message, occurrences, notifications, acknowledged } = alert;
  return {
    alertId,
    type,
    severity,
    subject,
    message,
    occurrences,
    firstAt: isoTime(alert.firstAtMs),
    lastAt: isoTime(alert.lastAtMs),
    notifications,
    ...(alert.notifiedAtMs === undefined ? {} : { notifiedAt: isoTime(alert.notifiedAtMs) }),
    acknowledged: acknowledged !== undefined,
    ...(acknowledged ? { acknowledgement: showAcknowledgement(acknowledged) } : {}),
  };
}

function showAcknowledgement({ by, atMs, reason: why }: NonNullable<KeptAlert['acknowledged']>) {
  return { by, at: isoTime(atMs), ...(why === undefined ? {} : { reason: why }) };
}
