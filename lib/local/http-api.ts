import * as z from 'zod/mini';
import { CorsConfiguration } from './cors.ts';
import { LocalCloudError } from './errors.ts';
import { type FunctionDefinition, functionOfArn } from './function-definition.ts';
import { templateBoolean, templateNumber } from './property-types.ts';
import type { Route } from './routes.ts';
import { parseRouteKey } from './routes.ts';
import type { Stack, StackResource } from './stack.ts';

/** The function that decides who may call, and what of the request must be there for it to be asked. */
export interface Authorizer {
  readonly function: FunctionDefinition;
  /** Such as `$request.header.Authorization`. */
  readonly identitySources: readonly string[];
}

/** What a route leads to. */
export interface RouteTarget {
  readonly function: FunctionDefinition;
  readonly authorizer: Authorizer | undefined;
  /** How long API Gateway waits for the function. */
  readonly timeoutMs: number;
}

/** The stack's HTTP API. */
export interface HttpApi {
  readonly apiId: string;
  /** Absent: the functions say themselves what browsers may do. */
  readonly cors: CorsConfiguration | undefined;
  readonly routes: readonly Route<RouteTarget>[];
}

const ApiProperties = z.object({
  ProtocolType: z.literal('HTTP'),
  CorsConfiguration: z.optional(CorsConfiguration),
  Body: z.optional(z.never()),
});

const RouteProperties = z.object({
  RouteKey: z.string(),
  Target: z.string().check(z.startsWith('integrations/')),
  AuthorizationType: z.optional(z.enum(['NONE', 'CUSTOM'])),
  AuthorizerId: z.optional(z.string()),
});

const IntegrationProperties = z.object({
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z._default(templateNumber, 30_000),
  RequestParameters: z.optional(z.never()),
  ResponseParameters: z.optional(z.never()),
});

const AuthorizerProperties = z.object({
  AuthorizerType: z.literal('REQUEST'),
  AuthorizerUri: z.string(),
  AuthorizerPayloadFormatVersion: z.literal('2.0'),
  EnableSimpleResponses: templateBoolean.check(z.refine(Boolean)),
  IdentitySource: z._default(z.array(z.string()), []),
});

/**
 * The stack's HTTP API with its routes.
 *
 * @returns nothing when the stack has none
 * @throws LocalCloudError naming what the gateway cannot do
 */
export function readHttpApi(stack: Stack, functions: readonly FunctionDefinition[]): HttpApi | undefined {
  const [api, ...others] = stack.resources('AWS::ApiGatewayV2::Api');
  if (api === undefined) {
    return undefined;
  }
  if (others.length > 0) {
    throw new LocalCloudError('unsupported', 'The local cloud runs one HTTP API; the stack has several.');
  }
  const { CorsConfiguration: cors } = stack.properties(api, ApiProperties);
  const integrations = byReference(stack, 'AWS::ApiGatewayV2::Integration', IntegrationProperties);
  const authorizers = byReference(stack, 'AWS::ApiGatewayV2::Authorizer', AuthorizerProperties);
  const routes = stack.resources('AWS::ApiGatewayV2::Route').map((resource) => {
    const properties = stack.properties(resource, RouteProperties);
    const integration = integrations.get(properties.Target.replace('integrations/', ''));
    if (integration === undefined) {
      throw missing(resource, 'integration');
    }
    return parseRouteKey(properties.RouteKey, {
      function: functionOfArn(functions, integration.IntegrationUri),
      authorizer: authorizerOf(resource, properties, authorizers, functions),
      timeoutMs: integration.TimeoutInMillis,
    });
  });
  return { apiId: stack.reference(api.logicalId), cors, routes };
}

function authorizerOf(
  resource: StackResource,
  route: z.infer<typeof RouteProperties>,
  authorizers: ReadonlyMap<string, z.infer<typeof AuthorizerProperties>>,
  functions: readonly FunctionDefinition[],
): Authorizer | undefined {
  if (route.AuthorizationType !== 'CUSTOM') {
    return undefined;
  }
  const authorizer = authorizers.get(route.AuthorizerId ?? '');
  if (authorizer === undefined) {
    throw missing(resource, 'authorizer');
  }
  return {
    function: functionOfArn(functions, authorizer.AuthorizerUri),
    identitySources: authorizer.IdentitySource,
  };
}

function byReference<Schema extends z.ZodMiniType>(
  stack: Stack,
  type: string,
  schema: Schema,
): ReadonlyMap<string, z.infer<Schema>> {
  return new Map(
    stack
      .resources(type)
      .map((resource) => [stack.reference(resource.logicalId), stack.properties(resource, schema)]),
  );
}

function missing({ logicalId }: StackResource, what: string): LocalCloudError {
  return new LocalCloudError('unsupported', `The route ${logicalId} refers to no ${what} of the stack.`);
}
