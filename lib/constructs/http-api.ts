import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, LogGroup, MetricFilter, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { corsPreflight } from './cors.ts';
import type { OnefillFunction } from './function.ts';

/** Properties of an {@link OnefillHttpApi}. */
export interface OnefillHttpApiProps {
  /** Answers webhooks, the health check, and every request that no route takes. */
  readonly ingest: OnefillFunction;
  /** Answers the admin API. */
  readonly admin: OnefillFunction;
  /** Says who calls the admin API. */
  readonly authorizer: OnefillFunction;
  /** How many requests per second pass, on average. */
  readonly requestsPerSecondMax: number;
  /** How many requests pass at once before the average counts. */
  readonly requestBurstMax: number;
  /** Which pages' scripts may call the admin API; none: no page may. */
  readonly corsAllowOrigins: readonly string[];
  readonly logRetention: RetentionDays;
  /** What becomes of the access log when the API leaves the stack. */
  readonly logRemovalPolicy: RemovalPolicy;
  /** Under which namespace answers to webhooks are counted. */
  readonly metricNamespace: string;
}

/**
 * What the access log tells of a request. The query string is left out: it may hold a webhook's token, as
 * may headers, so neither the raw request nor its headers are ever logged.
 */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    requestTimeEpochMs: AccessLogField.contextRequestTimeEpoch(),
    sourceIp: AccessLogField.contextIdentitySourceIp(),
    method: AccessLogField.contextHttpMethod(),
    path: AccessLogField.contextPath(),
    route: AccessLogField.contextRouteKey(),
    status: AccessLogField.contextStatus(),
    responseBytes: AccessLogField.contextResponseLength(),
    responseLatencyMs: AccessLogField.contextResponseLatency(),
    integrationLatencyMs: AccessLogField.contextIntegrationLatency(),
    integrationError: AccessLogField.contextIntegrationErrorMessage(),
    authorizerError: AccessLogField.contextAuthorizerError(),
  }),
);

const WEBHOOK_PATH = '/webhooks/{webhookId}';
const WEBHOOK_ROUTE = `POST ${WEBHOOK_PATH}`;
const WEBHOOKS_ANSWERED = 'WebhooksAnswered';

/** The front door: webhooks and health for anyone, the admin API for whom the authorizer recognizes. */
export class OnefillHttpApi extends Construct {
  /** Where the API answers, without a slash at the end. */
  readonly url: string;
  readonly #api: HttpApi;
  readonly #metricNamespace: string;

  constructor(scope: Construct, id: string, props: OnefillHttpApiProps) {
    super(scope, id);
    const isCors = props.corsAllowOrigins.length > 0;
    const ingest = new HttpLambdaIntegration('Ingest', props.ingest.invoked);
    const admin = new HttpLambdaIntegration('Admin', props.admin.invoked);
    this.#api = new HttpApi(this, 'Api', {
      apiName: Stack.of(this).stackName,
      createDefaultStage: false,
      ...(isCors ? { corsPreflight: corsPreflight(props.corsAllowOrigins) } : {}),
    });
    this.url = this.#api.apiEndpoint;
    this.#metricNamespace = props.metricNamespace;

    this.#addPublicRoute(WEBHOOK_PATH, HttpMethod.POST, ingest, 'Ingest checks what each webhook asks for.');
    this.#addPublicRoute('/health', HttpMethod.GET, ingest, 'Monitors ask for it without credentials.');
    this.#addPublicRoute('/api/v1/openapi.json', HttpMethod.GET, admin, 'The contract is public.');
    if (isCors) {
      // A route of its own, since a browser asks without a token, and the next route would answer 401.
      this.#addPublicRoute('/api/v1/{proxy+}', HttpMethod.OPTIONS, admin, 'Browsers ask before they call.');
    }
    this.#addDefaultRoute(ingest);
    this.#api.addRoutes({
      path: '/api/v1/{proxy+}',
      methods: [HttpMethod.ANY],
      integration: admin,
      authorizer: authorizerOf(props.authorizer),
    });
    this.#addStage(props);
  }

  /** What CloudWatch knows of the requests, by the minute. */
  get metrics() {
    const summed = { statistic: Stats.SUM, period: Duration.minutes(1) };
    return {
      requests: this.#api.metricCount(summed),
      serverErrors: this.#api.metricServerError(summed),
      latencyP50: this.#api.metricLatency({ ...summed, statistic: Stats.percentile(50) }),
      latencyP99: this.#api.metricLatency({ ...summed, statistic: Stats.percentile(99) }),
    };
  }

  /** How many webhooks were answered with this status. */
  webhooksAnswered(status: number): Metric {
    return new Metric({
      namespace: this.#metricNamespace,
      metricName: WEBHOOKS_ANSWERED,
      dimensionsMap: { Status: String(status) },
      statistic: Stats.SUM,
      period: Duration.minutes(1),
      label: String(status),
    });
  }

  #addPublicRoute(
    path: string,
    method: HttpMethod,
    integration: HttpLambdaIntegration,
    reason: string,
  ): void {
    const routes = this.#api.addRoutes({ path, methods: [method], integration });
    for (const route of routes) {
      acknowledgePublic(route, reason);
    }
  }

  /** Every other request: the caller gets our 404 or 405 and not API Gateway's. */
  #addDefaultRoute(integration: HttpLambdaIntegration): void {
    const route = new HttpRoute(this, 'DefaultRoute', {
      httpApi: this.#api,
      routeKey: HttpRouteKey.DEFAULT,
      integration,
    });
    acknowledgePublic(route, 'It only answers that there is nothing.');
  }

  #addStage(props: OnefillHttpApiProps): void {
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: props.logRetention,
      removalPolicy: props.logRemovalPolicy,
    });
    new HttpStage(this, 'DefaultStage', {
      httpApi: this.#api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.requestsPerSecondMax, burstLimit: props.requestBurstMax },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
    });
    // What is refused at the door leaves no trace in the ledger. Counted here it costs the path nothing.
    new MetricFilter(this, 'WebhooksAnswered', {
      logGroup: accessLog,
      filterPattern: FilterPattern.stringValue('$.route', '=', WEBHOOK_ROUTE),
      metricNamespace: this.#metricNamespace,
      metricName: WEBHOOKS_ANSWERED,
      metricValue: '1',
      dimensions: { Status: '$.status' },
    });
  }
}

/**
 * The authorizer is asked about every request, those without a token included, and lets all of them pass with a
 * role: so that the admin function answers 401 and 403 in the API's own error shape. Nothing is cached here; the
 * authorizer itself remembers a valid token for half a minute.
 */
function authorizerOf(authorizer: OnefillFunction): HttpLambdaAuthorizer {
  return new HttpLambdaAuthorizer('Authorizer', authorizer.invoked, {
    responseTypes: [HttpLambdaResponseType.SIMPLE],
    identitySource: [],
    resultsCacheTtl: Duration.seconds(0),
  });
}

function acknowledgePublic(route: Construct, reason: string): void {
  Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason });
}
