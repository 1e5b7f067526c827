import type { Notification } from '../../lib/local/notification-service.ts';

const TEXT_MAX_LENGTH = 200;

/** A notification on one line of the terminal: when, how severe, of which type, and what happened. */
export function notificationLine({ publishedAt, subject, message, attributes }: Notification): string {
  const { severity = 'NOTICE', type } = attributes;
  const text = (subject ?? message).replaceAll(/\s+/g, ' ').trim().slice(0, TEXT_MAX_LENGTH);
  const time = new Date(publishedAt).toISOString().slice(11, 19);
  return [time, severity, ...(type === undefined ? [] : [type]), text].join('  ');
}
