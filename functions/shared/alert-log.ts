import type { Logger } from '@aws-lambda-powertools/logger';
import type { Alert } from '../core/alert.ts';

/**
 * Raises alerts as lines of the log, from which the stack makes metrics and alarms: it adds no call to the path, and
 * does not fail it (I10).
 */
export function alertInLog(logger: Logger): (alert: Alert) => void {
  return (alert) => {
    try {
      logger.error('Alert.', { alert: { ...alert } });
    } catch {
      // Whoever raises an alert has more important things to do than to hear that nobody listens.
    }
  };
}
