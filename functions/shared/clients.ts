import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * How long a call to AWS may take before it counts as failed, and how often the SDK tries. Published latencies are
 * below 20 ms at p99; what takes longer than this is broken, and the caller's own time is short.
 */
export const CALL = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 1_500 },
} as const;

/** The client that every table access of one function shares, made once per environment. */
export function createDocumentClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(CALL), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** The client of the accounts queue, made once per environment. */
export function createQueueClient(): SQSClient {
  return new SQSClient(CALL);
}
