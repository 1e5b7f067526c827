/** USD per million, in us-east-1 as of November 2026: `reference/performance.md` of the project, AWS's price pages. */
const USD_PER_MILLION = {
  httpApiRequests: 1,
  lambdaInvocations: 0.2,
  sqsFifoRequests: 0.5,
  writeUnits: 0.625,
  readUnits: 0.125,
  durableOperations: 8,
  stateTransitions: 25,
} as const;

/** USD per gigabyte-second on arm64, and per gigabyte of logs taken in. */
const USD_PER_GIGABYTE_SECOND = 0.000_013_333_4;
const USD_PER_LOG_GIGABYTE = 0.5;

const BYTES_PER_GIGABYTE = 1e9;
const MEGABYTES_PER_GIGABYTE = 1_024;
const MILLISECONDS_PER_SECOND = 1_000;
const MILLION = 1e6;

/** What was used that AWS charges for. */
export type Usage = Readonly<
  Record<keyof typeof USD_PER_MILLION | 'megabyteMilliseconds' | 'logBytes', number>
>;

/** What each is called on a bill. */
const PARTS = {
  writeUnits: 'DynamoDB writes',
  readUnits: 'DynamoDB reads',
  sqsFifoRequests: 'SQS requests',
  httpApiRequests: 'HTTP API',
  lambdaInvocations: 'Lambda invocations',
  megabyteMilliseconds: 'Lambda time',
  logBytes: 'logs',
  durableOperations: 'durable operations',
  stateTransitions: 'Step Functions transitions',
} as const satisfies Record<keyof Usage, string>;

/** A price in USD and what it is made of. */
export interface Price {
  readonly totalUsd: number;
  readonly partsUsd: Readonly<Record<string, number>>;
}

/** What a million times this usage costs. */
export function priceOfMillion(usage: Partial<Usage>): Price {
  const partsUsd = Object.fromEntries(
    Object.entries(usage).map(([of, quantity]) => [
      PARTS[of as keyof Usage],
      usdOfMillion(of as keyof Usage, quantity),
    ]),
  );
  return { totalUsd: Object.values(partsUsd).reduce((total, part) => total + part, 0), partsUsd };
}

function usdOfMillion(of: keyof Usage, quantity: number): number {
  switch (of) {
    case 'megabyteMilliseconds':
      return (
        (quantity / MEGABYTES_PER_GIGABYTE / MILLISECONDS_PER_SECOND) * USD_PER_GIGABYTE_SECOND * MILLION
      );
    case 'logBytes':
      return (quantity / BYTES_PER_GIGABYTE) * USD_PER_LOG_GIGABYTE * MILLION;
    default:
      return quantity * USD_PER_MILLION[of];
  }
}
