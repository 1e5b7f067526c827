import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  ApplicationLogLevel,
  Architecture,
  Code,
  type IFunction,
  type ILayerVersion,
  type IVersion,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionEnvironment, FunctionName } from '../../functions/shared/environment.ts';
import { BUNDLE_FILE_NAME, bundleOf, sourceDirectory } from './bundle.ts';

/** Properties of an {@link OnefillFunction}. */
export interface OnefillFunctionProps<Name extends FunctionName> {
  /** Which function: the folder under `functions/` and the end of the deployed name. */
  readonly name: Name;
  /** The variables of the function's contract, no more and no fewer. */
  readonly environment: FunctionEnvironment<Name>;
  /** The name of the stage, for the function's logs. */
  readonly stageName: string;
  /** Whole seconds, at most 900. */
  readonly timeout: Duration;
  /**
   * Memory in MB, 128 to 10240; processor time grows with it.
   *
   * @default 512
   */
  readonly memorySizeMb?: number;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  readonly logRetention: RetentionDays;
  /** What becomes of the logs when the function leaves the stack. */
  readonly logRemovalPolicy: RemovalPolicy;
  /** What is beside the bundle. @default none */
  readonly layers?: readonly ILayerVersion[];
  /**
   * Whether callers call an alias, so that their traffic can be shifted from one version of the function to the next.
   *
   * @default false
   */
  readonly hasAlias?: boolean;
}

/** The name of the alias that callers call. */
const ALIAS_NAME = 'live';

const TIMEOUT_MAX_SECONDS = 900;
const MEMORY_MIN_MB = 128;
const MEMORY_MAX_MB = 10_240;
const MEMORY_DEFAULT_MB = 512;

/**
 * One of Onefill's functions: bundled code, a log group that forgets, and a role that may do nothing but write
 * to that log group until something is allowed by {@link allow}.
 */
export class OnefillFunction<Name extends FunctionName = FunctionName> extends Construct {
  readonly name: Name;
  readonly function: LambdaFunction;
  readonly alias: Alias | undefined;
  /** Where its lines are, as JSON. */
  readonly logGroup: LogGroup;
  readonly timeout: Duration;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: OnefillFunctionProps<Name>) {
    super(scope, id);
    const memorySizeMb = props.memorySizeMb ?? MEMORY_DEFAULT_MB;
    assertWithinLimits(props.name, props.timeout, memorySizeMb);
    this.name = props.name;
    this.timeout = props.timeout;

    this.logGroup = new LogGroup(this, 'LogGroup', {
      retention: props.logRetention,
      removalPolicy: props.logRemovalPolicy,
    });
    // Our own role, because the one that the CDK makes may write to every log group of the account.
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.logGroup.logGroupArn]);

    this.function = new LambdaFunction(this, 'Function', {
      functionName: `${Stack.of(this).stackName}-${props.name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: codeOf(props.name),
      role: this.#role,
      layers: [...(props.layers ?? [])],
      timeout: props.timeout,
      memorySize: memorySizeMb,
      environment: {
        ...props.environment,
        ONEFILL_STAGE: props.stageName,
        POWERTOOLS_SERVICE_NAME: props.name,
        POWERTOOLS_LOG_LEVEL: props.logLevel,
      },
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel[props.logLevel],
      // Lambda's own lines of every start and end cost more than ours, and tell what its metrics tell.
      systemLogLevelV2: SystemLogLevel.WARN,
      // Requests that are on their way may still go to the version before. One whose deployment was taken back goes,
      // because the same could not be deployed again.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
    this.alias = props.hasAlias
      ? new Alias(this, 'Alias', { aliasName: ALIAS_NAME, version: this.function.currentVersion as IVersion })
      : undefined;
  }

  /** What callers call: the alias if there is one. */
  get invoked(): IFunction {
    return (this.alias ?? this.function) as IFunction;
  }

  /**
   * Lets the function do these actions on these resources, and nothing else.
   *
   * @param actions with their service, without wildcards
   * @param resources ARNs
   */
  allow(actions: readonly string[], resources: readonly string[]): void {
    const wild = actions.filter((action) => action.includes('*'));
    if (wild.length > 0) {
      throw new Error(`Name each action that a function may do; ${wild.join(', ')} names many.`);
    }
    this.#role.addToPrincipalPolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources] }),
    );
  }
}

function assertWithinLimits(name: string, timeout: Duration, memorySizeMb: number): void {
  const timeoutSeconds = timeout.toSeconds();
  if (timeoutSeconds < 1 || timeoutSeconds > TIMEOUT_MAX_SECONDS) {
    throw new Error(
      `The timeout of ${name} is ${timeoutSeconds} s; Lambda takes 1 to ${TIMEOUT_MAX_SECONDS} s.`,
    );
  }
  if (!Number.isInteger(memorySizeMb) || memorySizeMb < MEMORY_MIN_MB || memorySizeMb > MEMORY_MAX_MB) {
    throw new Error(
      `The memory of ${name} is ${memorySizeMb} MB; Lambda takes ${MEMORY_MIN_MB} to ${MEMORY_MAX_MB} MB.`,
    );
  }
}

/**
 * The function's bundle as an asset. It is named after its content: the CDK keeps staged assets in memory and on
 * disk by that name, so a name of anything else could stage an old bundle.
 */
function codeOf(name: FunctionName): Code {
  const bundle = bundleOf(name);
  return Code.fromAsset(sourceDirectory(name), {
    assetHashType: AssetHashType.CUSTOM,
    assetHash: bundle.hash,
    bundling: {
      image: DockerImage.fromRegistry('never-used'),
      local: {
        tryBundle(outputDirectory: string): boolean {
          for (const [file, content] of [[BUNDLE_FILE_NAME, bundle.code] as const, ...bundle.companions]) {
            writeFileSync(join(outputDirectory, file), content);
          }
          return true;
        },
      },
    },
  });
}
