import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it, vi } from 'vitest';
import type { Alert } from '../../functions/core/alert.ts';
import { alertInLog } from '../../functions/shared/alert-log.ts';
import { createLogger } from '../../functions/shared/telemetry.ts';
import { linesOf } from '../support/log-lines.ts';

const ALERT: Alert = {
  type: 'ACCOUNT_HALTED',
  severity: 'CRITICAL',
  subject: 'paper-1',
  message: 'A rollback could not finish.',
};

it('an alert is one line of the log, as the filters look for it', () => {
  const lines = linesOf(() => alertInLog(createLogger())(ALERT));
  expect(lines).toMatchObject([{ level: 'ERROR', message: 'Alert.', alert: ALERT }]);
});

it.each([
  ['LOW', 'INFO'],
  ['MEDIUM', 'WARN'],
  ['HIGH', 'ERROR'],
  ['CRITICAL', 'ERROR'],
] as const)('one of severity %s has the level %s', (severity, level) => {
  const lines = linesOf(() => alertInLog(createLogger())({ ...ALERT, severity }));
  expect(lines).toMatchObject([{ level, alert: { severity } }]);
});

describe('an alert in a loop', () => {
  it('is one line in ten seconds, and the next line says for how many it stands', () => {
    let nowMs = 0;
    const lines = linesOf(() => {
      const raise = alertInLog(createLogger(), () => nowMs);
      for (nowMs = 0; nowMs < 10_000; nowMs += 10) {
        raise(ALERT);
      }
      raise(ALERT);
    });
    expect(lines.map(({ alert }) => (alert as { occurrences?: number }).occurrences)).toEqual([
      undefined,
      1_000,
    ]);
  });

  it('is not held back by another one, nor when it becomes graver', () => {
    const lines = linesOf(() => {
      const raise = alertInLog(createLogger(), () => 0);
      raise({ ...ALERT, severity: 'HIGH' });
      raise(ALERT);
      raise({ ...ALERT, subject: 'paper-2' });
      raise({ ...ALERT, type: 'POSITION_DRIFT' });
    });
    expect(lines).toHaveLength(4);
  });

  it('takes no more memory however many there are', () => {
    const lines = linesOf(() => {
      const raise = alertInLog(createLogger(), () => 0);
      for (let index = 0; index <= 500; index += 1) {
        raise({ ...ALERT, subject: `paper-${index}` });
      }
      raise({ ...ALERT, subject: 'paper-0' });
    });
    expect(lines).toHaveLength(502);
  });
});

it('an alert that cannot be logged fails nobody (I10)', () => {
  const logger = new Logger();
  vi.spyOn(logger, 'error').mockImplementation(() => {
    throw new Error('EPIPE');
  });

  expect(() => alertInLog(logger)(ALERT)).not.toThrow();
});
