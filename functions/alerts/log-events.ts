import { hash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod/mini';
import { ALERT_SEVERITIES, ALERT_TYPES, isGraver } from '../core/alert.ts';
import type { Occurrences } from '../core/kept-alert.ts';
import { number, text } from '../shared/shapes.ts';

/** What a subscription of CloudWatch Logs sends. */
export interface LogsEvent {
  readonly awslogs: {
    /** Base64 of gzip of JSON. */
    readonly data: string;
  };
}

const deliveredShape = z.object({
  messageType: text,
  logGroup: z._default(text, ''),
  logEvents: z._default(z.array(z.object({ id: text, timestamp: number, message: text })), []),
});
type LogLine = z.output<typeof deliveredShape>['logEvents'][number];

const SUBJECT_CHARACTERS_MAX = 256;
const MESSAGE_CHARACTERS_MAX = 2_000;

/** A line as `functions/shared/alert-log.ts` writes it. */
const lineShape = z.object({
  alert: z.object({
    type: z.enum(ALERT_TYPES),
    severity: z.enum(ALERT_SEVERITIES),
    subject: text.check(z.minLength(1), z.maxLength(SUBJECT_CHARACTERS_MAX)),
    message: text,
    occurrences: z._default(number.check(z.gte(1)), 1),
  }),
});

/**
 * The alerts in what CloudWatch Logs delivered, those of one type and subject in one. A line that is not understood keeps
 * none of the others: it is logged here, without an alert in it, and left.
 */
export function readOccurrences({ awslogs }: LogsEvent, logger: Logger): Occurrences[] {
  const { messageType, logEvents, logGroup } = z.parse(
    deliveredShape,
    JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString('utf8')),
  );
  if (messageType !== 'DATA_MESSAGE') {
    return [];
  }
  const groups = new Map<string, Occurrences>();
  for (const line of logEvents) {
    const occurrence = occurrenceIn(logGroup, line);
    if (occurrence === undefined) {
      logger.error('A line is not an alert.', { logGroup, eventId: line.id });
      continue;
    }
    const key = `${occurrence.type} ${occurrence.subject}`;
    const before = groups.get(key);
    groups.set(key, before === undefined ? occurrence : together(before, occurrence));
  }
  return [...groups.values()];
}

function occurrenceIn(logGroup: string, { id, timestamp, message }: LogLine): Occurrences | undefined {
  const line = z.safeParse(lineShape, parseJson(message));
  if (!line.success) {
    return undefined;
  }
  const { alert } = line.data;
  return {
    ...alert,
    message: alert.message.slice(0, MESSAGE_CHARACTERS_MAX),
    firstAtMs: timestamp,
    lastAtMs: timestamp,
    delivery: digest(`${logGroup} ${id}`),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function together(before: Occurrences, next: Occurrences): Occurrences {
  const later = next.lastAtMs >= before.lastAtMs ? next : before;
  return {
    ...later,
    severity: isGraver(next.severity, before.severity) ? next.severity : before.severity,
    occurrences: before.occurrences + next.occurrences,
    firstAtMs: Math.min(before.firstAtMs, next.firstAtMs),
    lastAtMs: later.lastAtMs,
    delivery: digest(`${before.delivery} ${next.delivery}`),
  };
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 16);
}
