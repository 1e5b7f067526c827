import type { AlertType } from '../core/alert.ts';
import { isoTime } from '../core/clock.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { KeptAlert } from '../core/kept-alert.ts';

/** One alert in words, for each way it may travel. */
export interface Notification {
  /** The line above an e-mail: printable ASCII, at most 100 characters. */
  readonly subject: string;
  /** For people. */
  readonly text: string;
  /** JSON for webhooks, in the form that AWS Chatbot (Amazon Q Developer in chat applications) shows in a channel. */
  readonly json: string;
}

/** Where the documents are, for whoever reads a notification. */
const RUNBOOK = 'docs/alerts.md';
const SUBJECT_CHARACTERS_MAX = 100;

/** Where to look first, by what an alert is about: a path below `/api/v1`. */
const LOOK_AT: Readonly<Record<AlertType, (subject: string) => string>> = {
  ORDER_UNKNOWN: execution,
  COMPENSATION_FAILED: execution,
  ROLLED_BACK: execution,
  WORKER_CRASHED: execution,
  LATE_ORDER: execution,
  PROTECTION_REFUSED: execution,
  PROTECTION_UNKNOWN: execution,
  CLOSED_FOR_SAFETY: execution,
  EXECUTION_STUCK: execution,
  CIRCUIT_OPENED: circuits,
  CIRCUIT_CLOSED: circuits,
  CIRCUIT_UNCOUNTED: circuits,
  POSITION_DRIFT: (accountId) => `/accounts/${accountId}/positions`,
  LOCK_CONTENTION: lock,
  LOCK_TIMEOUT: lock,
  ACCOUNT_HALTED: (accountId) => `/accounts/${accountId}/state`,
  DAILY_LOSS_REACHED: (accountId) => `/accounts/${accountId}/pnl`,
  SIGNAL_MISSED: (strategyId) => `/strategies/${strategyId}`,
  DEAD_LETTERS: () => '/monitoring/dead-letters',
  DUPLICATE_CONFLICT: refusedSignals,
  RATE_LIMITED: refusedSignals,
  SECRETS_REFUSED: (webhookId) => `/webhooks/${webhookId}`,
  MEMORY_HIGH: (name) => `/monitoring/alerts?type=MEMORY_HIGH&subject=${name}`,
};

/** Puts an alert into words: what happened, about what, how often, where it is explained, and what to type. */
export function notificationOf(alert: KeptAlert): Notification {
  const { alertId, type, severity, subject, message, occurrences } = alert;
  const ids = { alertId, ...idsIn(subject) };
  const runbook = `${RUNBOOK}#${anchorOf(type)}`;
  const look = curl('GET', LOOK_AT[type](encodeURIComponent(subject)));
  const acknowledge = curl('POST', `/monitoring/alerts/${alertId}/acknowledge`);
  const times =
    occurrences === 1
      ? `At ${isoTime(alert.firstAtMs)}.`
      : `${occurrences} times from ${isoTime(alert.firstAtMs)} to ${isoTime(alert.lastAtMs)}.`;
  const title = `${severity} ${type}: ${subject}`;
  return {
    subject: asciiLine(`[Onefill] ${title}`),
    text: [
      title,
      '',
      message,
      times,
      '',
      ...Object.entries(ids).map(([name, id]) => `${name}: ${id}`),
      '',
      `What it means and what to do: ${runbook}`,
      `Look: ${look}`,
      `Acknowledge: ${acknowledge}`,
    ].join('\n'),
    json: JSON.stringify({
      version: '1.0',
      source: 'custom',
      id: alertId,
      content: {
        textType: 'client-markdown',
        title,
        description: `${message}\n${times}`,
        nextSteps: [`Read ${runbook}`, `Look: \`${look}\``, `Acknowledge: \`${acknowledge}\``],
        keywords: [severity, type],
      },
      metadata: {
        threadId: alertId,
        summary: title,
        eventType: type,
        relatedResources: [subject],
        additionalContext: {
          severity,
          subject,
          occurrences: String(occurrences),
          firstAt: isoTime(alert.firstAtMs),
          lastAt: isoTime(alert.lastAtMs),
          ...ids,
        },
      },
    }),
  };
}

/** The heading of a type in the runbook, as a link names it: `order-unknown`. */
function anchorOf(type: AlertType): string {
  return type.toLowerCase().replaceAll('_', '-');
}

function idsIn(subject: string): Readonly<Record<string, string>> {
  return parseExecutionId(subject) ?? {};
}

function curl(method: 'GET' | 'POST', path: string): string {
  const how = method === 'GET' ? '' : ` -X ${method}`;
  return `curl${how} -H "authorization: Bearer $ONEFILL_ADMIN_TOKEN" "$ONEFILL_URL/api/v1${path}"`;
}

/** SNS refuses a subject with anything else. */
function asciiLine(text: string): string {
  return text.replaceAll(/[^ -~]+/g, '?').slice(0, SUBJECT_CHARACTERS_MAX);
}

function execution(executionId: string): string {
  return `/executions/${executionId}`;
}

function circuits(): string {
  return '/monitoring/circuit-breakers';
}

function lock(accountId: string): string {
  return `/monitoring/locks/account/${accountId}`;
}

function refusedSignals(webhookId: string): string {
  return `/signals?status=refused&webhookId=${webhookId}`;
}
