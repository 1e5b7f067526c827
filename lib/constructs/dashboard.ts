import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  Metric,
  PeriodOverride,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { AccountsQueue } from './accounts-queue.ts';
import type { Canary } from './canary.ts';
import type { FailureQueue } from './failure-queue.ts';
import { FigureMetrics } from './figures.ts';
import type { OnefillFunction } from './function.ts';
import type { OnefillHttpApi } from './http-api.ts';
import type { LogMetrics } from './log-metrics.ts';

/** Properties of an {@link OperationsDashboard}. */
export interface OperationsDashboardProps {
  readonly metricNamespace: string;
  readonly queue: AccountsQueue;
  readonly api: OnefillHttpApi;
  readonly canary: Canary;
  readonly functions: readonly OnefillFunction[];
  /** The one that reads the ledger's stream. */
  readonly activity: OnefillFunction;
  readonly logMetrics: LogMetrics;
  /** Where ends what a function was given up on, by what it is called. */
  readonly failures: Readonly<Record<string, FailureQueue>>;
  readonly tables: Readonly<Record<string, TableV2>>;
  readonly alarms: readonly Alarm[];
}

const WIDTH = 24;
const HALF = WIDTH / 2;
const THIRD = WIDTH / 3;
const HEIGHT = 6;

/** What the front door answers webhooks with. */
const STATUSES = [202, 400, 401, 403, 404, 409, 413, 422, 429, 503];

const HOURLY = { statistic: Stats.SUM, period: Duration.hours(1) };

/**
 * One dashboard that reads from the top down: is money safe, is it fast, what is stuck, what did it cost. Who finds
 * something red in one part need not read on.
 */
export class OperationsDashboard extends Construct {
  readonly #props: OperationsDashboardProps;
  readonly #figures: FigureMetrics;

  constructor(scope: Construct, id: string, props: OperationsDashboardProps) {
    super(scope, id);
    this.#props = props;
    this.#figures = new FigureMetrics(props.metricNamespace);
    new Dashboard(this, 'Dashboard', {
      dashboardName: Stack.of(this).stackName,
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.AUTO,
      widgets: [
        ...this.#isMoneySafe(),
        ...this.#isItFast(),
        ...this.#whatIsStuck(),
        ...this.#whatDidItCost(),
      ],
    });
  }

  #isMoneySafe(): IWidget[][] {
    const { metricNamespace, queue, alarms, canary, logMetrics } = this.#props;
    const alerts = (severity: 'Critical' | 'High') =>
      new Metric({
        namespace: metricNamespace,
        metricName: `${severity}Alerts`,
        statistic: Stats.SUM,
        period: Duration.minutes(1),
      });
    const count = (name: Parameters<FigureMetrics['count']>[0]) => this.#figures.count(name);
    return [
      [
        text(`# Is money safe?
All alarms green and the six numbers 0: yes. **Unknown**: the venue did not say what became of an order, and it is asked
again. **Halted**: an account stands still until an operator lifts it. **Drifted**: accounts that hold something else than their
venue says. **Dead letters**: executions that nobody tries again.
Any of them: docs/operations.md, under the name of the alarm. Numbers are of the time that is chosen above; \`activity\` counts
them from the ledger's stream, seconds late.`),
      ],
      [
        new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: HALF, height: HEIGHT }),
        new SingleValueWidget({
          title: 'What must be 0',
          metrics: [
            alerts('Critical'),
            count('ExecutionsHalted'),
            count('ExecutionsUnknown'),
            logMetrics.accountsDrifted,
            queue.metrics.deadLetters,
            count('Halts'),
          ],
          setPeriodToTimeRange: true,
          width: HALF,
          height: HEIGHT,
        }),
      ],
      [
        graph('What executions came to', [
          count('ExecutionsCompleted'),
          count('ExecutionsSkipped'),
          count('ExecutionsRejected'),
          count('ExecutionsRolledBack'),
          count('ExecutionsHalted'),
          count('ExecutionsUnknown'),
          count('ExecutionsResolved'),
        ]),
        graph('What orders came to', [
          count('OrdersFilled'),
          count('OrdersWorking'),
          count('OrdersEnded'),
          count('OrdersRefused'),
          count('OrdersUnknown'),
        ]),
        graph('Alerts and the canary', [alerts('Critical'), alerts('High'), canary.success]),
      ],
    ];
  }

  #isItFast(): IWidget[][] {
    const { api, canary, functions, logMetrics } = this.#props;
    const latency = (name: Parameters<FigureMetrics['latency']>[0], percent: number) =>
      this.#figures.latency(name, percent);
    return [
      [
        text(`# Is it fast?
**Whole** is from the webhook to the execution's end, **Queue** the part until it starts, **Place** the part that the venue
took. Senders give up after 3 s on an answer; it does not wait for executions. A **cold start** makes one answer slow; above its
**memory** a function is killed.`),
      ],
      [
        graph('Executions, ms', [
          latency('WholeLatencyMs', 50),
          latency('WholeLatencyMs', 99),
          latency('QueueLatencyMs', 50),
          latency('QueueLatencyMs', 99),
          latency('PlaceLatencyMs', 50),
          latency('PlaceLatencyMs', 99),
        ]),
        graph('Answers, ms', [api.metrics.latencyP50, api.metrics.latencyP99, canary.latency]),
        graph(
          'What webhooks were answered',
          STATUSES.map((status) => api.webhooksAnswered(status)),
        ),
      ],
      [
        graph(
          'Cold starts',
          functions.map((each) => logMetrics.coldStarts(each)),
          [],
          HALF,
        ),
        graph(
          'Memory used, MB',
          functions.map((each) => logMetrics.memoryUsedMb(each)),
          [],
          HALF,
        ),
      ],
    ];
  }

  #whatIsStuck(): IWidget[][] {
    const { queue, activity, functions, failures } = this.#props;
    const { oldestAgeSeconds, waiting, inFlight, deadLetters } = queue.metrics;
    const count = (name: Parameters<FigureMetrics['count']>[0]) => this.#figures.count(name);
    const summed = { statistic: Stats.SUM, period: Duration.minutes(1) };
    return [
      [
        text(`# What is stuck?
An **oldest message** that grows: executions wait; see whether \`strategy\` fails, is throttled, or one account is halted. A **stream
age** that grows: trading goes on, and what operators see is old. Which execution it is: \`GET /api/v1/monitoring/transactions\`.`),
      ],
      [
        graph('Accounts queue', [waiting, inFlight, deadLetters], [oldestAgeSeconds]),
        graph('Ledger stream, age in ms', [
          activity.function.metric('IteratorAge', { ...summed, statistic: Stats.MAXIMUM }),
        ]),
        graph('Locks, retries, circuits', [
          count('LockContentions'),
          count('LockTimeouts'),
          count('Retries'),
          count('CrashesRecovered'),
          count('CircuitsOpened'),
          count('CircuitsClosed'),
        ]),
      ],
      [
        graph(
          'Errors of functions',
          functions.map((each) => each.function.metricErrors(summed).with({ label: each.name })),
        ),
        graph(
          'Throttles of functions',
          functions.map((each) => each.function.metricThrottles(summed).with({ label: each.name })),
        ),
        graph(
          'Given up on: entries, and the age of the oldest',
          Object.entries(failures).map(([name, { metrics }]) => metrics.entries.with({ label: name })),
          Object.entries(failures).map(([name, { metrics }]) =>
            metrics.oldestAgeSeconds.with({ label: `${name}, s` }),
          ),
        ),
      ],
    ];
  }

  #whatDidItCost(): IWidget[][] {
    const { api, functions, tables } = this.#props;
    return [
      [
        text(`# What did it cost?
By the hour, in what AWS counts: prices are in docs/performance.md. **Estimated charges** are the account's, all of it, this
month so far, if billing alerts are switched on; they are known in us-east-1 only.`),
      ],
      [
        graph('Requests and seconds of functions', [
          api.metrics.requests.with({ period: HOURLY.period }),
          ...functions.map((each) => secondsOf(each)),
        ]),
        graph(
          'Units of tables, and bytes of logs',
          Object.entries(tables).flatMap(([name, table]) => [
            table.metricConsumedReadCapacityUnits(HOURLY).with({ label: `${name} read` }),
            table.metricConsumedWriteCapacityUnits(HOURLY).with({ label: `${name} written` }),
          ]),
          functions.map((each) => logBytesOf(each)),
        ),
        graph('Estimated charges, USD', [
          new Metric({
            namespace: 'AWS/Billing',
            metricName: 'EstimatedCharges',
            dimensionsMap: { Currency: 'USD' },
            statistic: Stats.MAXIMUM,
            period: Duration.hours(6),
            region: 'us-east-1',
          }),
        ]),
      ],
    ];
  }
}

function text(markdown: string): TextWidget {
  return new TextWidget({ markdown, width: WIDTH, height: 4 });
}

function graph(
  title: string,
  left: readonly IMetric[],
  right: readonly IMetric[] = [],
  width: number = THIRD,
): GraphWidget {
  return new GraphWidget({ title, left: [...left], right: [...right], width, height: HEIGHT });
}

/** Lambda is paid by its memory, too, which is the same all the time. */
function secondsOf({ name, function: lambda }: OnefillFunction): IMetric {
  return new MathExpression({
    expression: `${name} / 1000`,
    usingMetrics: { [name]: lambda.metricDuration(HOURLY) },
    label: `${name}, s`,
    period: HOURLY.period,
  });
}

function logBytesOf({ name, logGroup }: OnefillFunction): IMetric {
  return new Metric({
    namespace: 'AWS/Logs',
    metricName: 'IncomingBytes',
    dimensionsMap: { LogGroupName: logGroup.logGroupName },
    label: `${name}, log bytes`,
    ...HOURLY,
  });
}
