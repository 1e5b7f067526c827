import { CfnOutput, Duration, Stack, Tags } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { type ILayerVersion, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { FunctionEnvironment, FunctionName } from '../functions/shared/environment.ts';
import { AccountsQueue } from './constructs/accounts-queue.ts';
import { ActivityLog } from './constructs/activity-log.ts';
import { Alerts } from './constructs/alerts.ts';
import { type AlertReceivers, AlertsTopic } from './constructs/alerts-topic.ts';
import { FailureQueue } from './constructs/failure-queue.ts';
import { OnefillFunction } from './constructs/function.ts';
import { GradualDeployment } from './constructs/gradual-deployment.ts';
import { OnefillHttpApi } from './constructs/http-api.ts';
import { IdempotencyTable } from './constructs/idempotency-table.ts';
import { LedgerTable } from './constructs/ledger-table.ts';
import { MonthlyBudget } from './constructs/monthly-budget.ts';
import { NamedSecrets } from './constructs/named-secrets.ts';
import { OperationsTable } from './constructs/operations-table.ts';
import { FunctionSchedule } from './constructs/schedule.ts';
import { watch } from './constructs/watch.ts';
import type { DeploymentOptions } from './deployment-options.ts';
import { LIMITS } from './function-limits.ts';
import type { StageConfiguration } from './stage.ts';

/** Properties of the {@link OnefillStack}. */
export interface OnefillStackProps {
  readonly stage: StageConfiguration;
  readonly options: DeploymentOptions;
  /** A version of a Lambda layer that has ccxt in `nodejs/node_modules`; functions that call venues get it. */
  readonly ccxtLayerArn?: string;
  /** Which pages' scripts may call the admin API. @default none */
  readonly corsAllowOrigins?: readonly string[];
  /** Who is told of alerts. @default nobody, until somebody subscribes */
  readonly alertReceivers?: AlertReceivers;
}

/** The functions that call venues. */
const CALLS_VENUES: readonly FunctionName[] = ['strategy', 'reconcile', 'admin'];

/** The functions whose traffic is shifted to a new version: those that the path from webhook to order runs through. */
const SHIFTED: readonly FunctionName[] = ['ingest', 'strategy'];

/** How soon an orphan is found. EventBridge has no shorter period. */
const RECONCILE_PERIOD = Duration.minutes(1);

/** The functions that others are made of. */
interface StackFunctions {
  readonly ingest: OnefillFunction<'ingest'>;
  readonly strategy: OnefillFunction<'strategy'>;
  readonly reconcile: OnefillFunction<'reconcile'>;
  readonly admin: OnefillFunction<'admin'>;
  readonly activity: OnefillFunction<'activity'>;
  readonly authorizer: OnefillFunction<'authorizer'>;
}

/** All of Onefill in one stage. */
export class OnefillStack extends Stack {
  readonly #stage: StageConfiguration;
  readonly #metricNamespace: string;
  readonly #logLevel: StageConfiguration['logLevel'];
  readonly #ccxtLayer: ILayerVersion | undefined;
  readonly #ledger: LedgerTable;
  readonly #idempotency: IdempotencyTable;
  readonly #operations: OperationsTable;
  readonly #queue: AccountsQueue;
  readonly #activityFailures: FailureQueue;
  readonly #alertFailures: FailureQueue;
  readonly #webhookSecrets: NamedSecrets;
  readonly #brokerSecrets: NamedSecrets;

  constructor(scope: Construct, id: string, props: OnefillStackProps) {
    const { stage } = props;
    super(scope, id, {
      stackName: stage.stackName,
      description: 'Onefill: one signal, one fill.',
      terminationProtection: stage.deletionProtection,
      // The metadata would make the template depend on the region and on who synthesized it.
      analyticsReporting: false,
    });
    this.#stage = stage;
    this.#metricNamespace = `onefill/${stage.name}`;
    this.#logLevel = props.options.logLevel ?? stage.logLevel;
    this.#ccxtLayer =
      props.ccxtLayerArn === undefined
        ? undefined
        : LayerVersion.fromLayerVersionArn(this, 'CcxtLayer', props.ccxtLayerArn);
    this.#ledger = new LedgerTable(this, 'Ledger', {
      deletionProtection: stage.deletionProtection,
      removalPolicy: stage.removalPolicy,
    });
    this.#idempotency = new IdempotencyTable(this, 'Idempotency');
    this.#operations = new OperationsTable(this, 'Operations', {
      deletionProtection: stage.deletionProtection,
      removalPolicy: stage.removalPolicy,
    });
    this.#queue = new AccountsQueue(this, 'Accounts', {
      // As short as AWS lets it be; the function hides a message for less while it can renew.
      visibilityTimeout: LIMITS.strategy.timeout,
      removalPolicy: stage.removalPolicy,
    });
    this.#activityFailures = new FailureQueue(this, 'ActivityLogFailures', stage.removalPolicy);
    this.#alertFailures = new FailureQueue(this, 'AlertingFailures', stage.removalPolicy);
    const namePrefix = stage.secretNamePrefix;
    this.#webhookSecrets = new NamedSecrets(this, 'WebhookSecrets', {
      namePrefix,
      owners: 'webhooks',
      reason: 'Webhooks, and with them their secrets, come into being while the system runs.',
    });
    this.#brokerSecrets = new NamedSecrets(this, 'BrokerSecrets', {
      namePrefix,
      owners: 'brokers',
      reason: 'Accounts at venues, and with them their credentials, come into being while the system runs.',
    });

    const functions: StackFunctions = {
      ingest: this.#addIngest(),
      strategy: this.#addStrategy(),
      reconcile: this.#addReconcile(),
      admin: this.#addAdmin(),
      activity: this.#addActivity(),
      authorizer: this.#addAuthorizer(),
    };
    const api = new OnefillHttpApi(this, 'HttpApi', {
      ...functions,
      requestsPerSecondMax: stage.requestsPerSecondMax,
      requestBurstMax: stage.requestBurstMax,
      corsAllowOrigins: props.corsAllowOrigins ?? [],
      logRetention: stage.logRetention,
      logRemovalPolicy: stage.removalPolicy,
      metricNamespace: this.#metricNamespace,
    });
    const topic = new AlertsTopic(this, 'AlertsTopic', props.alertReceivers ?? {});
    const alertsFunction = this.#addAlerts(topic);
    const { criticalAlarm } = this.#tell(functions, alertsFunction);
    const gravest = [criticalAlarm, this.#queue.deadLetterAlarm];
    this.#deploy(functions, gravest, props.options);
    watch(this, {
      ...functions,
      alerts: alertsFunction,
      canary: this.#addCanary(api),
      runsCanary: stage.runsCanary,
      queue: this.#queue,
      api,
      tables: {
        Ledger: this.#ledger.table,
        Idempotency: this.#idempotency.table,
        Operations: this.#operations.table,
      },
      failures: { activity: this.#activityFailures, alerts: this.#alertFailures },
      moneyAtRisk: gravest,
      metricNamespace: this.#metricNamespace,
      topic,
    });

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Where webhooks and operators call.' });
    new CfnOutput(this, 'LedgerTableName', { value: this.#ledger.tableName });
    new CfnOutput(this, 'OperationsTableName', { value: this.#operations.tableName });
    new CfnOutput(this, 'AlertsTopicArn', {
      value: topic.topicArn,
      description: 'Where to subscribe to alerts and alarms.',
    });
    Tags.of(this).add('application', 'onefill');
    Tags.of(this).add('stage', stage.name);
  }

  /** How alerts reach operators. */
  #tell(
    { ingest, strategy, reconcile, admin, activity }: StackFunctions,
    keptBy: OnefillFunction<'alerts'>,
  ): Alerts {
    return new Alerts(this, 'Alerting', {
      raisedBy: [ingest, strategy, reconcile, admin, activity],
      keptBy,
      reconciler: reconcile,
      metricNamespace: this.#metricNamespace,
      failures: this.#alertFailures,
    });
  }

  /** How new versions come in, and what all of it may cost. */
  #deploy(
    { ingest, strategy }: StackFunctions,
    alarms: readonly Alarm[],
    { rollbackOnAlarms, monthlyBudgetUsd, budgetEmail }: DeploymentOptions,
  ): void {
    new GradualDeployment(this, 'Deployment', {
      aliases: [ingest, strategy].flatMap(({ alias }) => alias ?? []),
      shift: this.#stage.trafficShift,
      alarms,
      rollsBackOnAlarms: rollbackOnAlarms,
    });
    if (monthlyBudgetUsd !== undefined && budgetEmail !== undefined) {
      new MonthlyBudget(this, 'Budget', { limitUsd: monthlyBudgetUsd, email: budgetEmail });
    }
  }

  #addIngest(): OnefillFunction<'ingest'> {
    const ingest = this.#addFunction('ingest', {
      LEDGER_TABLE_NAME: this.#ledger.tableName,
      IDEMPOTENCY_TABLE_NAME: this.#idempotency.tableName,
      ACCOUNTS_QUEUE_URL: this.#queue.queueUrl,
      SECRET_NAME_PREFIX: this.#stage.secretNamePrefix,
    });
    this.#ledger.allow(ingest, ['GetItem', 'PutItem', 'UpdateItem', 'Query']);
    this.#idempotency.allowClaims(ingest);
    this.#queue.allowSend(ingest);
    this.#webhookSecrets.allowRead(ingest);
    return ingest;
  }

  #addStrategy(): OnefillFunction<'strategy'> {
    const strategy = this.#addFunction('strategy', {
      LEDGER_TABLE_NAME: this.#ledger.tableName,
      ACCOUNTS_QUEUE_URL: this.#queue.queueUrl,
      SECRET_NAME_PREFIX: this.#stage.secretNamePrefix,
    });
    this.#brokerSecrets.allowRead(strategy);
    this.#ledger.allow(strategy, ['BatchGetItem', 'GetItem', 'Query', 'PutItem', 'UpdateItem']);
    this.#queue.addConsumer(strategy, { concurrencyMax: this.#stage.accountConcurrencyMax });
    return strategy;
  }

  #addReconcile(): OnefillFunction<'reconcile'> {
    const reconcile = this.#addFunction('reconcile', {
      LEDGER_TABLE_NAME: this.#ledger.tableName,
      ACCOUNTS_QUEUE_URL: this.#queue.queueUrl,
      DEAD_LETTER_QUEUE_URL: this.#queue.deadLetterQueueUrl,
      SECRET_NAME_PREFIX: this.#stage.secretNamePrefix,
    });
    this.#brokerSecrets.allowRead(reconcile);
    this.#ledger.allow(reconcile, ['BatchGetItem', 'GetItem', 'Query', 'PutItem', 'UpdateItem']);
    this.#queue.allowSend(reconcile);
    this.#queue.allowCountDeadLetters(reconcile);
    new FunctionSchedule(this, 'ReconcileSchedule', { target: reconcile, period: RECONCILE_PERIOD });
    return reconcile;
  }

  #addAdmin(): OnefillFunction<'admin'> {
    const admin = this.#addFunction('admin', {
      LEDGER_TABLE_NAME: this.#ledger.tableName,
      OPERATIONS_TABLE_NAME: this.#operations.tableName,
      IDEMPOTENCY_TABLE_NAME: this.#idempotency.tableName,
      SECRET_NAME_PREFIX: this.#stage.secretNamePrefix,
      ACCOUNTS_QUEUE_URL: this.#queue.queueUrl,
      DEAD_LETTER_QUEUE_URL: this.#queue.deadLetterQueueUrl,
      ACTIVITY_FAILURES_QUEUE_URL: this.#activityFailures.queueUrl,
      ALERT_FAILURES_QUEUE_URL: this.#alertFailures.queueUrl,
    });
    this.#ledger.allow(admin, ['BatchGetItem', 'GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem']);
    this.#operations.allow(admin, ['GetItem', 'PutItem', 'Query', 'UpdateItem']);
    this.#idempotency.allowLook(admin);
    this.#webhookSecrets.allowWrite(admin);
    this.#brokerSecrets.allowRead(admin);
    this.#queue.allowSend(admin);
    this.#queue.allowLook(admin);
    this.#queue.allowRedrive(admin);
    this.#activityFailures.allowCount(admin);
    this.#alertFailures.allowCount(admin);
    return admin;
  }

  #addAuthorizer(): OnefillFunction<'authorizer'> {
    const authorizer = this.#addFunction('authorizer', {
      LEDGER_TABLE_NAME: this.#ledger.tableName,
    });
    this.#ledger.allow(authorizer, ['GetItem']);
    return authorizer;
  }

  #addActivity(): OnefillFunction<'activity'> {
    const writer = this.#addFunction('activity', { OPERATIONS_TABLE_NAME: this.#operations.tableName });
    this.#operations.allow(writer, ['BatchWriteItem', 'UpdateItem']);
    new ActivityLog(this, 'ActivityLog', {
      writer,
      ledger: this.#ledger,
      failures: this.#activityFailures,
    });
    return writer;
  }

  #addAlerts(topic: AlertsTopic): OnefillFunction<'alerts'> {
    const alerts = this.#addFunction('alerts', {
      OPERATIONS_TABLE_NAME: this.#operations.tableName,
      ALERTS_TOPIC_ARN: topic.topicArn,
    });
    this.#operations.allow(alerts, ['GetItem', 'PutItem']);
    topic.allowPublish(alerts);
    return alerts;
  }

  #addCanary(api: OnefillHttpApi): OnefillFunction<'canary'> {
    const canary = this.#addFunction('canary', {
      LEDGER_TABLE_NAME: this.#ledger.tableName,
      API_URL: api.url,
    });
    this.#ledger.allow(canary, ['GetItem', 'PutItem', 'UpdateItem']);
    return canary;
  }

  #addFunction<Name extends FunctionName>(
    name: Name,
    environment: FunctionEnvironment<Name>,
  ): OnefillFunction<Name> {
    const stage = this.#stage;
    return new OnefillFunction(this, `${name.charAt(0).toUpperCase()}${name.slice(1)}`, {
      name,
      environment,
      ...LIMITS[name],
      stageName: stage.name,
      logLevel: this.#logLevel,
      logRetention: stage.logRetention,
      logRemovalPolicy: stage.removalPolicy,
      layers: this.#ccxtLayer !== undefined && CALLS_VENUES.includes(name) ? [this.#ccxtLayer] : [],
      hasAlias: SHIFTED.includes(name),
    });
  }
}
