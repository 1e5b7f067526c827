import { describe, expect, it } from 'vitest';
import { render, resourceOf, resourcesOf } from './synthesized.ts';

describe('the HTTP API', () => {
  it.each([
    ['POST /webhooks/{webhookId}', 'IngestAlias', 'NONE'],
    ['GET /health', 'IngestAlias', 'NONE'],
    ['$default', 'IngestAlias', 'NONE'],
    ['GET /api/v1/openapi.json', 'AdminFunction.Arn', 'NONE'],
    ['ANY /api/v1/{proxy+}', 'AdminFunction.Arn', 'CUSTOM'],
  ])('sends %s to %s with the authorization %s', (routeKey, target, authorization) => {
    const route = routes().find(({ Properties }) => Properties.RouteKey === routeKey);
    expect(route?.Properties.AuthorizationType).toBe(authorization);
    expect(functionBehind(render(route?.Properties.Target))).toBe(`<${target}>`);
  });

  it('has no route but those', () => {
    expect(routes()).toHaveLength(5);
  });

  it('speaks payload format 2.0', () => {
    for (const { Properties } of Object.values(resourcesOf('production', 'AWS::ApiGatewayV2::Integration'))) {
      expect(Properties).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
    }
  });

  it('asks the authorizer about every call, with a token or without, and remembers no answer', () => {
    const { Properties } = resourceOf('production', 'AWS::ApiGatewayV2::Authorizer', 'HttpApiAuthorizer');
    expect(Properties).toMatchObject({
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      IdentitySource: [],
      AuthorizerResultTtlInSeconds: 0,
    });
    expect(render(Properties.AuthorizerUri)).toContain('/functions/<AuthorizerFunction.Arn>/invocations');
    const admin = routes().find((route) => route.Properties.AuthorizationType === 'CUSTOM');
    expect(render(admin?.Properties.AuthorizerId)).toBe('<HttpApiAuthorizer>');
  });

  it('limits how many requests pass', () => {
    expect(stage().DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 });
  });

  it('deploys itself as the default stage', () => {
    expect(stage()).toMatchObject({ StageName: '$default', AutoDeploy: true });
  });

  it('writes an access log without what may hold a token: query strings, headers and bodies', () => {
    const { DestinationArn, Format } = stage().AccessLogSettings as {
      DestinationArn: unknown;
      Format: string;
    };
    expect(render(DestinationArn)).toBe('<HttpApiAccessLog.Arn>');
    expect(Object.values<string>(JSON.parse(Format)).sort()).toEqual([
      '$context.authorizer.error',
      '$context.httpMethod',
      '$context.identity.sourceIp',
      '$context.integrationErrorMessage',
      '$context.integrationLatency',
      '$context.path',
      '$context.requestId',
      '$context.requestTimeEpoch',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.routeKey',
      '$context.status',
    ]);
  });

  it('keeps the access log for a year', () => {
    const { Properties } = resourceOf('production', 'AWS::Logs::LogGroup', 'HttpApiAccessLog');
    expect(Properties.RetentionInDays).toBe(365);
  });
});

function routes() {
  return Object.values(resourcesOf('production', 'AWS::ApiGatewayV2::Route'));
}

function stage() {
  return resourceOf('production', 'AWS::ApiGatewayV2::Stage', 'HttpApiDefaultStage').Properties;
}

/** The ARN of the function that a route's target, `integrations/<id>`, calls. */
function functionBehind(target: string): string {
  const id = /^integrations\/<(\w+)>$/.exec(target)?.[1] ?? '';
  return render(resourceOf('production', 'AWS::ApiGatewayV2::Integration', id).Properties.IntegrationUri);
}
