import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { TrafficShift } from './constructs/gradual-deployment.ts';

/** The stages Onefill can be deployed as, or run as on one machine. */
export const STAGE_NAMES = ['local', 'development', 'production'] as const;

/** One of the stages. */
export type StageName = (typeof STAGE_NAMES)[number];

/** From which level on a function may log. */
export const LOG_LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

/** The stage when none is asked for: one that can be deployed and thrown away. */
const DEFAULT_STAGE: StageName = 'development';

/** Everything that differs between stages, and nothing else does. */
export interface StageConfiguration {
  readonly name: StageName;
  /** The CloudFormation stack's name, and the start of each function's name. */
  readonly stackName: string;
  /** The start of the name of each secret of this stage, with its closing slash. */
  readonly secretNamePrefix: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly logRetention: RetentionDays;
  /** What becomes of the ledger and the logs when they leave the stack. */
  readonly removalPolicy: RemovalPolicy;
  /** Whether neither the ledger nor the stack can be deleted before someone lifts this by hand. */
  readonly deletionProtection: boolean;
  /** How the traffic of ingest and strategy goes over to a new version. */
  readonly trafficShift: TrafficShift;
  /** How many accounts are traded at once at most, 2 to 1000: the event source mapping's maximum concurrency. */
  readonly accountConcurrencyMax: number;
  /** How many requests per second the HTTP API lets through, on average. */
  readonly requestsPerSecondMax: number;
  /** How many requests the HTTP API lets through at once before the average counts. */
  readonly requestBurstMax: number;
  /** Whether the canary runs by itself. */
  readonly runsCanary: boolean;
}

const STAGES: { readonly [Name in StageName]: StageConfiguration & { readonly name: Name } } = {
  local: {
    name: 'local',
    stackName: 'onefill',
    secretNamePrefix: 'onefill/local/',
    logLevel: 'INFO',
    logRetention: RetentionDays.ONE_DAY,
    removalPolicy: RemovalPolicy.DESTROY,
    deletionProtection: false,
    trafficShift: 'LambdaAllAtOnce',
    accountConcurrencyMax: 4,
    requestsPerSecondMax: 2_000,
    requestBurstMax: 2_000,
    // Nobody is woken by it, and whoever looks at a new local cloud sees what they sent themselves.
    runsCanary: false,
  },
  development: {
    name: 'development',
    stackName: 'onefill-development',
    secretNamePrefix: 'onefill/development/',
    logLevel: 'DEBUG',
    logRetention: RetentionDays.ONE_WEEK,
    removalPolicy: RemovalPolicy.DESTROY,
    deletionProtection: false,
    trafficShift: 'LambdaAllAtOnce',
    accountConcurrencyMax: 10,
    requestsPerSecondMax: 100,
    requestBurstMax: 200,
    runsCanary: true,
  },
  production: {
    name: 'production',
    stackName: 'onefill-production',
    secretNamePrefix: 'onefill/production/',
    logLevel: 'INFO',
    logRetention: RetentionDays.ONE_YEAR,
    removalPolicy: RemovalPolicy.RETAIN,
    deletionProtection: true,
    trafficShift: 'LambdaCanary10Percent5Minutes',
    accountConcurrencyMax: 100,
    requestsPerSecondMax: 1_000,
    requestBurstMax: 2_000,
    runsCanary: true,
  },
};

/**
 * The configuration of a stage.
 *
 * @param name what the caller asked for with `-c stage=…`; `undefined` means the default stage
 * @throws Error that names the allowed stages
 */
export function stageConfiguration(name: unknown = DEFAULT_STAGE): StageConfiguration {
  const known = STAGE_NAMES.find((stage) => stage === name);
  if (known === undefined) {
    throw new Error(`The stage ${JSON.stringify(name)} is unknown: choose one of ${STAGE_NAMES.join(', ')}.`);
  }
  return STAGES[known];
}
