import type { Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmBase,
  type CfnAlarm,
  type CfnCompositeAlarm,
  CompositeAlarm,
} from 'aws-cdk-lib/aws-cloudwatch';

/** Where operators read what an alarm means and what to do. */
const RUNBOOK = 'docs/operations.md';

/** Every alarm of a stack. */
export function alarmsOf(stack: Stack): Alarm[] {
  return stack.node.findAll().filter((construct) => construct instanceof Alarm);
}

/**
 * Makes every alarm of the stack one that somebody can act on: its description says what it means and where the runbook goes
 * on, and somebody is told. Called last, when all alarms are there.
 *
 * @param notify tells operators of an alarm
 * @throws Error naming an alarm that does not say what it means
 */
export function completeAlarms(stack: Stack, notify: (alarm: AlarmBase) => void): void {
  const composites = stack.node.findAll().filter((construct) => construct instanceof CompositeAlarm);
  for (const alarm of [...alarmsOf(stack), ...composites]) {
    const resource = alarm.node.defaultChild as CfnAlarm | CfnCompositeAlarm;
    if (!resource.alarmDescription) {
      throw new Error(`The alarm ${alarm.node.path} does not say what it means.`);
    }
    resource.alarmDescription += ` Runbook: ${RUNBOOK}#${anchorOf(alarm)}`;
    notify(alarm);
  }
}

/** `Accounts/DeadLetterAlarm` is at `#accounts-dead-letter`. */
function anchorOf({ node }: AlarmBase): string {
  const [, ...names] = node.path.split('/');
  return names
    .join('-')
    .replace(/Alarm$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .toLowerCase();
}
