import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** Properties of a {@link FunctionSchedule}. */
export interface FunctionScheduleProps {
  readonly target: OnefillFunction;
  /** From the start of one run to the start of the next: whole minutes, longer than a run may take. */
  readonly period: Duration;
  /** Whether it runs by itself. @default true */
  readonly enabled?: boolean;
}

/** Has a function run again and again, with the same event each time. */
export class FunctionSchedule extends Construct {
  /**
   * @throws Error when a run could last until the next one: they would overlap, and on a busy day pile up
   */
  constructor(scope: Construct, id: string, { target, period, enabled = true }: FunctionScheduleProps) {
    super(scope, id);
    if (target.timeout.toSeconds() >= period.toSeconds()) {
      throw new Error(
        `A run of ${target.name} may take ${target.timeout.toSeconds()} s, and the next would begin after ` +
          `${period.toSeconds()} s: make the timeout shorter than the period.`,
      );
    }
    // What failed is not repeated, neither by Lambda nor by EventBridge: the next run does the same.
    target.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new Rule(this, 'Rule', {
      description: `Runs ${target.function.functionName}.`,
      schedule: Schedule.rate(period),
      enabled,
      targets: [
        new LambdaFunction(target.invoked, {
          event: RuleTargetInput.fromObject({ source: 'schedule' }),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }
}
