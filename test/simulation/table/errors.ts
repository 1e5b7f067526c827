import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  IdempotentParameterMismatchException,
  ResourceNotFoundException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

/** The errors that the SDK's client throws, as it throws them. */

const $metadata = { httpStatusCode: 400 };

/** What DynamoDB refuses whatever is stored, or because of what is: a mistake of the caller either way. */
export function invalid(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', message, $metadata });
}

/** A mistake in one of a command's expressions. */
export function invalidIn(expression: string, message: string): DynamoDBServiceException {
  return invalid(`Invalid ${expression}: ${message}`);
}

/**
 * DynamoDB may well know what to do; the model does not, and says so instead of guessing. Not an error of the SDK:
 * whoever meets it extends the model and its conformance test.
 */
export class BeyondTheModel extends Error {
  constructor(what: string) {
    super(`The model of DynamoDB does not know ${what}.`);
    this.name = 'BeyondTheModel';
  }
}

/** @param current the item that failed the condition, for a caller who asked for it */
export function conditionFailed(current: Record<string, unknown> | undefined): Error {
  return new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata,
    ...(current === undefined ? {} : { Item: marshall(current) }),
  });
}

export function noSuchTable(): Error {
  return new ResourceNotFoundException({ message: 'Requested resource not found', $metadata });
}

export function otherParameters(): Error {
  return new IdempotentParameterMismatchException({ message: 'The token was used before', $metadata });
}

/** The reason of one action of a transaction, `None` when it was not the one that failed. */
export function reasonOf(failed: Error | undefined): CancellationReason {
  if (failed === undefined) {
    return { Code: 'None' };
  }
  if (failed instanceof ConditionalCheckFailedException) {
    const { message, Item } = failed;
    return { Code: 'ConditionalCheckFailed', Message: message, ...(Item ? { Item } : {}) };
  }
  return { Code: 'ValidationError', Message: failed.message };
}

export function transactionCanceled(reasons: readonly CancellationReason[]): Error {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    $metadata,
    CancellationReasons: [...reasons],
  });
}
