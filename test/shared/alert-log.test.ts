import { Logger } from '@aws-lambda-powertools/logger';
import { expect, it, vi } from 'vitest';
import type { Alert } from '../../functions/core/alert.ts';
import { alertInLog } from '../../functions/shared/alert-log.ts';
import { createLogger } from '../../functions/shared/telemetry.ts';

const ALERT: Alert = {
  type: 'ACCOUNT_HALTED',
  severity: 'CRITICAL',
  subject: 'paper-1',
  message: 'A rollback could not finish.',
};

it('an alert is one line of the log, as the metric filters look for it', () => {
  const lines: string[] = [];
  const write = (chunk: unknown) => lines.push(String(chunk)) > 0;
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(write),
  );

  alertInLog(createLogger())(ALERT);

  for (const stream of streams) {
    stream.mockRestore();
  }
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'ERROR', message: 'Alert.', alert: ALERT });
});

it('an alert that cannot be logged fails nobody (I10)', () => {
  const logger = new Logger();
  vi.spyOn(logger, 'error').mockImplementation(() => {
    throw new Error('EPIPE');
  });

  expect(() => alertInLog(logger)(ALERT)).not.toThrow();
});
