import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  type CfnAlarm,
  type CfnCompositeAlarm,
  ComparisonOperator,
  CompositeAlarm,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Operation, type TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { AccountsQueue } from './accounts-queue.ts';
import type { OnefillFunction } from './function.ts';
import type { OnefillHttpApi } from './http-api.ts';
import { onAwsOnly } from './on-aws.ts';

/** Properties of {@link Alarms}. */
export interface AlarmsProps {
  readonly queue: AccountsQueue;
  readonly api: OnefillHttpApi;
  readonly ingest: OnefillFunction;
  readonly strategy: OnefillFunction;
  readonly admin: OnefillFunction;
  readonly authorizer: OnefillFunction;
  /** By the name that their alarms begin with. */
  readonly tables: Readonly<Record<string, TableV2>>;
  /** Those elsewhere in the stack that mean by themselves that money is at risk. */
  readonly moneyAtRisk: readonly Alarm[];
}

/** When an alarm goes off: so many minutes of the last few at or above a threshold. */
interface Condition {
  /** What it means, for who is woken by it. */
  readonly meaning: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** How many minutes have to be that bad. */
  readonly minutes: number;
  /** Of how many. @default all of them */
  readonly of?: number;
}

/** Above what a busy minute takes, far below the 300 s after which an execution is not begun any more. */
const QUEUE_AGE_SECONDS_MAX = 30;
/** TradingView waits 3 s; a half of it is near enough. */
const LATENCY_P99_MS_MAX = 1_500;
/** How much of its timeout an invocation may take. */
const DURATION_SHARE_MAX = 0.8;

const MINUTE = Duration.minutes(1);

/** What functions ask of tables. CloudWatch counts errors of each by itself, and an alarm may add up ten. */
const OPERATIONS = [
  Operation.GET_ITEM,
  Operation.PUT_ITEM,
  Operation.UPDATE_ITEM,
  Operation.QUERY,
  Operation.BATCH_GET_ITEM,
  Operation.BATCH_WRITE_ITEM,
  Operation.DELETE_ITEM,
  Operation.TRANSACT_WRITE_ITEMS,
];

/** What goes off when the path is slow or fails, and the one alarm that tells whether money is at risk. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const queueAge = this.#add('QueueAgeAlarm', {
      meaning: 'Signals wait too long in the accounts queue: they are accepted and not executed.',
      metric: props.queue.metrics.oldestAgeSeconds,
      threshold: QUEUE_AGE_SECONDS_MAX,
      minutes: 2,
    });
    this.#addApi(props);
    for (const each of [props.ingest, props.admin, props.authorizer]) {
      this.#addErrors(each);
      this.#addThrottles(each);
    }
    const strategyErrors = this.#addErrors(props.strategy);
    this.#addThrottles(props.strategy);
    this.#addDuration(props.strategy);
    for (const [name, table] of Object.entries(props.tables)) {
      this.#addTable(name, table);
    }
    this.#addMoneyAtRisk([...props.moneyAtRisk, queueAge, strategyErrors]);
  }

  #addApi({ api }: AlarmsProps): void {
    this.#add('ApiErrorsAlarm', {
      meaning: 'Requests are answered with 5xx: senders try again a few times, then their signals are lost.',
      metric: api.metrics.serverErrors,
      threshold: 1,
      minutes: 2,
      of: 5,
    });
    this.#add('ApiLatencyAlarm', {
      meaning: 'One request in a hundred takes so long that senders may give up on it.',
      metric: api.metrics.latencyP99,
      threshold: LATENCY_P99_MS_MAX,
      minutes: 3,
      of: 5,
    });
  }

  #addErrors({ name, function: lambda }: OnefillFunction): Alarm {
    return this.#add(`${capitalized(name)}ErrorsAlarm`, {
      meaning: `The function ${name} fails or times out.`,
      metric: lambda.metricErrors({ statistic: Stats.SUM, period: MINUTE }),
      threshold: 1,
      minutes: 2,
      of: 5,
    });
  }

  #addThrottles({ name, function: lambda }: OnefillFunction): void {
    this.#add(`${capitalized(name)}ThrottlesAlarm`, {
      meaning: `Lambda starts no more environments of ${name}: the account's concurrency is used up.`,
      metric: lambda.metricThrottles({ statistic: Stats.SUM, period: MINUTE }),
      threshold: 1,
      minutes: 2,
      of: 5,
    });
  }

  #addDuration({ name, timeout, function: lambda }: OnefillFunction): void {
    this.#add(`${capitalized(name)}DurationAlarm`, {
      meaning: `Invocations of ${name} come near their timeout: a venue or a table is slow.`,
      metric: lambda.metricDuration({ statistic: Stats.MAXIMUM, period: MINUTE }),
      threshold: timeout.toMilliseconds() * DURATION_SHARE_MAX,
      minutes: 3,
      of: 5,
    });
  }

  #addTable(name: string, table: TableV2): void {
    const summed = { statistic: Stats.SUM, period: MINUTE };
    const alarms = [
      this.#add(`${name}ThrottlesAlarm`, {
        meaning: `DynamoDB refuses calls to the table ${name.toLowerCase()} for want of capacity.`,
        metric: table.metricThrottledRequestsForOperations({ ...summed, operations: OPERATIONS }),
        threshold: 1,
        minutes: 2,
        of: 5,
      }),
      this.#add(`${name}SystemErrorsAlarm`, {
        meaning: `DynamoDB fails on the table ${name.toLowerCase()}: signals are answered with 503.`,
        metric: table.metricSystemErrorsForOperations({ ...summed, operations: OPERATIONS }),
        threshold: 1,
        minutes: 2,
        of: 5,
      }),
    ];
    for (const alarm of alarms) {
      // Its metric is a sum over operations, which emulators do not know in alarms.
      onAwsOnly(alarm.node.defaultChild as CfnAlarm);
    }
  }

  /** The one to look at first, and to wake people with. */
  #addMoneyAtRisk(alarms: readonly Alarm[]): void {
    const alarm = new CompositeAlarm(this, 'MoneyAtRiskAlarm', {
      alarmDescription:
        'Money is at risk: an alert of severity CRITICAL, a dead letter, or accepted signals that are not executed.',
      alarmRule: AlarmRule.anyOf(...alarms.map((each) => AlarmRule.fromAlarm(each, AlarmState.ALARM))),
    });
    onAwsOnly(alarm.node.defaultChild as CfnCompositeAlarm);
  }

  #add(id: string, { meaning, metric, threshold, minutes, of = minutes }: Condition): Alarm {
    return new Alarm(this, id, {
      alarmDescription: meaning,
      metric,
      threshold,
      evaluationPeriods: of,
      datapointsToAlarm: minutes,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Where there is nothing to do, nothing goes wrong. Whether there should be something is what the canary tells.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
