import { existsSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { VENUE_ENDPOINTS_VARIABLE, type VenueEndpoints } from '../../functions/shared/environment.ts';
import { LOCAL_CREDENTIALS } from './account.ts';
import { LocalCloudError } from './errors.ts';
import { templateNumber } from './property-types.ts';
import type { Stack, StackResource } from './stack.ts';

/** A Lambda function as the stack defines it, ready to run here. */
export interface FunctionDefinition {
  /** Its name in the stack, without the stack's own: `strategy`. */
  readonly name: string;
  /** Its whole name: `onefill-strategy`. */
  readonly functionName: string;
  readonly arn: string;
  readonly logGroupName: string;
  /** The directory of its bundle. */
  readonly codeDirectory: string;
  /** The bundle's file with the handler. */
  readonly modulePath: string;
  /** The name by which that file exports the handler. */
  readonly handlerName: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  /** How many environments there may be at most, if the stack limits them. */
  readonly environmentsMax: number | undefined;
  /** Every environment variable that the function sees. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Where functions find the services. */
export interface ServiceEndpoints {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly secretsManager: string;
  readonly sns: string;
  /** Fakes of venues. @default none: venues are called where they are */
  readonly venues?: VenueEndpoints;
}

const FunctionProperties = z.object({
  Code: z.object({ S3Key: z.string() }),
  Handler: z.string().check(z.regex(/^[^.]+\.[^.]+$/)),
  Runtime: z.string().check(z.startsWith('nodejs')),
  Timeout: z._default(templateNumber, 3),
  MemorySize: z._default(templateNumber, 128),
  Environment: z.optional(z.object({ Variables: z.optional(z.record(z.string(), z.string())) })),
  ReservedConcurrentExecutions: z.optional(templateNumber),
  LoggingConfig: z.optional(
    z.object({
      LogFormat: z.optional(z.string()),
      ApplicationLogLevel: z.optional(z.string()),
      LogGroup: z.optional(z.string()),
    }),
  ),
  Layers: z.optional(z.array(z.unknown()).check(z.maxLength(0))),
});

/** Where a function's requests to services that nobody runs here end: no port of this machine has number 1. */
const NOWHERE = 'http://127.0.0.1:1';

/**
 * The stack's functions.
 *
 * @throws LocalCloudError when a function cannot run here: another runtime than Node, layers, no bundle
 */
export function readFunctions(stack: Stack, endpoints: ServiceEndpoints): readonly FunctionDefinition[] {
  return stack.resources('AWS::Lambda::Function').map((resource) => readFunction(stack, resource, endpoints));
}

/**
 * The function that an ARN or a name means, whichever service's ARN wraps it, and with or without a version or alias.
 *
 * @throws LocalCloudError when the stack has no such function
 */
export function functionOfArn(functions: readonly FunctionDefinition[], arn: string): FunctionDefinition {
  const name = /arn:[^:]+:lambda:[^:]+:\d+:function:([^:/]+)/.exec(arn)?.[1] ?? arn.split(':')[0];
  const found = functions.find(({ functionName }) => functionName === name);
  if (found === undefined) {
    throw new LocalCloudError('unsupported', `The stack has no function ${arn}.`);
  }
  return found;
}

function readFunction(
  stack: Stack,
  resource: StackResource,
  endpoints: ServiceEndpoints,
): FunctionDefinition {
  const properties = stack.properties(resource, FunctionProperties);
  const functionName = stack.nameOf(resource.logicalId);
  const codeDirectory = stack.assetDirectory(properties.Code.S3Key);
  const [moduleName = '', handlerName = ''] = properties.Handler.split('.');
  const modulePath = codeDirectory && findModule(codeDirectory, moduleName);
  if (codeDirectory === undefined || modulePath === undefined) {
    throw new LocalCloudError(
      'unsupported',
      `The function ${functionName} has no bundle with ${moduleName}.`,
    );
  }
  const sizes = { timeoutMs: properties.Timeout * 1_000, memoryMb: properties.MemorySize };
  const logGroupName = properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${functionName}`;
  const names = { functionName, logGroupName, handler: properties.Handler };
  return {
    name: shortName(functionName, stack.name),
    functionName,
    arn: stack.attribute(resource.logicalId, 'Arn'),
    logGroupName,
    codeDirectory,
    modulePath,
    handlerName,
    ...sizes,
    environmentsMax: properties.ReservedConcurrentExecutions,
    variables: {
      ...lambdaVariables({ ...names, codeDirectory, memoryMb: sizes.memoryMb }, stack.region),
      ...loggingVariables(properties.LoggingConfig),
      ...properties.Environment?.Variables,
      ...endpointVariables(endpoints),
    },
  };
}

function findModule(directory: string, moduleName: string): string | undefined {
  return ['.mjs', '.js', '.cjs']
    .map((extension) => join(directory, `${moduleName}${extension}`))
    .find((file) => existsSync(file));
}

function shortName(functionName: string, stackName: string): string {
  return functionName.startsWith(`${stackName}-`) ? functionName.slice(stackName.length + 1) : functionName;
}

/** What Lambda sets. Nothing comes from this process: a developer's credentials must not reach a function. */
function lambdaVariables(
  definition: {
    readonly functionName: string;
    readonly logGroupName: string;
    readonly codeDirectory: string;
    readonly handler: string;
    readonly memoryMb: number;
  },
  region: string,
): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    LAMBDA_TASK_ROOT: definition.codeDirectory,
    _HANDLER: definition.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    // The files that the SDK would read settings from on a developer's machine do not exist in Lambda.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** By these Lambda tells the loggers in a function which lines are wanted. */
function loggingVariables(
  config: z.infer<typeof FunctionProperties>['LoggingConfig'],
): Record<string, string> {
  const { LogFormat = 'Text', ApplicationLogLevel } = config ?? {};
  return {
    AWS_LAMBDA_LOG_FORMAT: LogFormat,
    ...(ApplicationLogLevel !== undefined && { AWS_LAMBDA_LOG_LEVEL: ApplicationLogLevel }),
  };
}

function endpointVariables(endpoints: ServiceEndpoints): Record<string, string> {
  return {
    // A service that the local cloud lacks is refused at once, rather than looked for in the developer's network.
    AWS_ENDPOINT_URL: NOWHERE,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoints.secretsManager,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    ...(endpoints.venues && { [VENUE_ENDPOINTS_VARIABLE]: JSON.stringify(endpoints.venues) }),
  };
}
