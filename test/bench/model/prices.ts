/** USD per million, in us-east-1 as of November 2026: `reference/performance.md` of the project, AWS's price pages. */
const USD_PER_MILLION = {
  httpApiRequests: 1,
  lambdaInvocations: 0.2,
  sqsFifoRequests: 0.5,
  writeUnits: 0.625,
  readUnits: 0.125,
} as const;

/** USD per gigabyte-second on arm64, and per gigabyte of logs taken in. */
const USD_PER_GIGABYTE_SECOND = 0.000_013_333_4;
const USD_PER_LOG_GIGABYTE = 0.5;

const BYTES_PER_GIGABYTE = 1e9;
const MEGABYTES_PER_GIGABYTE = 1_024;
const MILLION = 1e6;

/** What was used that AWS charges for. */
export interface Usage {
  readonly httpApiRequests: number;
  readonly lambdaInvocations: number;
  readonly megabyteMilliseconds: number;
  readonly sqsFifoRequests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly logBytes: number;
}

/** A price in USD and what it is made of. */
export interface Price {
  readonly totalUsd: number;
  readonly partsUsd: Readonly<Record<string, number>>;
}

/** What a million times this usage costs. */
export function priceOfMillion(usage: Usage): Price {
  const gigabyteSeconds = usage.megabyteMilliseconds / MEGABYTES_PER_GIGABYTE / 1_000;
  const partsUsd = {
    'DynamoDB writes': usage.writeUnits * USD_PER_MILLION.writeUnits,
    'DynamoDB reads': usage.readUnits * USD_PER_MILLION.readUnits,
    'SQS requests': usage.sqsFifoRequests * USD_PER_MILLION.sqsFifoRequests,
    'HTTP API': usage.httpApiRequests * USD_PER_MILLION.httpApiRequests,
    'Lambda invocations': usage.lambdaInvocations * USD_PER_MILLION.lambdaInvocations,
    'Lambda time': gigabyteSeconds * USD_PER_GIGABYTE_SECOND * MILLION,
    logs: (usage.logBytes / BYTES_PER_GIGABYTE) * USD_PER_LOG_GIGABYTE * MILLION,
  };
  return { totalUsd: Object.values(partsUsd).reduce((total, part) => total + part, 0), partsUsd };
}
