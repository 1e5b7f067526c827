import {
  type DurableExecutionClient,
  type DurableExecutionInvocationInput,
  type DurableLambdaHandler,
  StepSemantics,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Broker } from '../../../functions/brokers/broker.ts';
import type { ExecutionRequest } from '../../../functions/core/execution.ts';
import type { OrderIntent } from '../../../functions/core/order.ts';
import { decide } from '../../../functions/engine/decide.ts';
import { readAccount } from '../../../functions/ledger/accounts.ts';
import { readControls } from '../../../functions/ledger/controls.ts';
import { keys, type Ledger } from '../../../functions/ledger/table.ts';
import { CAPABLE } from '../../support/capable.ts';

const ONCE = {
  // The checkpoint that it begins is awaited, and a step that died is not begun again: the venue is asked once.
  semantics: StepSemantics.AtMostOncePerRetry,
  retryStrategy: () => ({ shouldRetry: false }),
};

/**
 * The same order flow as a durable function, which one would put behind the same FIFO queue: read and decide, place
 * once, book. Its own log stands for intent, execution record and receipt. It has no lease, so that an invocation that
 * outlives its message's visibility works beside the next; and whatever became of an order whose step died is for
 * somebody else to find out.
 */
export function durableOrders(ledger: Ledger, broker: Pick<Broker, 'place'>): DurableLambdaHandler {
  return withDurableExecution(async (request: ExecutionRequest, context) => {
    const intents = await context.step('decide', () => decided(ledger, request));
    for (const intent of intents) {
      await context.step('place', () => broker.place(intent), ONCE);
    }
    await context.step('book', () => book(ledger, request, intents));
  });
}

async function decided(ledger: Ledger, request: ExecutionRequest): Promise<OrderIntent[]> {
  const [account, controls] = await Promise.all([
    readAccount(ledger, request.accountId),
    readControls(ledger, request.strategyId),
  ]);
  if (!account) {
    throw new Error(`There is no account ${request.accountId}.`);
  }
  const nowMs = request.receivedAtMs;
  const books = { positions: account.positions, openOrders: {}, daily: undefined, trades: {} };
  const decision = decide({
    request,
    account,
    books,
    controls,
    venue: { guarantee: 'PERMANENT', capabilities: CAPABLE },
    expiresAtMs: nowMs,
    nowMs,
  });
  if (decision.kind !== 'orders') {
    throw new Error(`The signal was not to be placed: ${decision.kind}.`);
  }
  return [...decision.intent.orders];
}

async function book(
  ledger: Ledger,
  { accountId, signal }: ExecutionRequest,
  intents: readonly OrderIntent[],
): Promise<void> {
  await ledger.client.send(
    new UpdateCommand({
      TableName: ledger.tableName,
      Key: keys.account(accountId),
      UpdateExpression: 'SET positions.#symbol = :position',
      ExpressionAttributeNames: { '#symbol': signal.symbol },
      ExpressionAttributeValues: { ':position': { quantity: intents[0]?.quantity } },
    }),
  );
}

/** Calls with every checkpoint of a durable function, before it is sent. */
export function watchingCheckpoints(handler: DurableLambdaHandler, seen: () => void): DurableLambdaHandler {
  return (
    input: DurableExecutionInvocationInput & { durableExecutionClient?: DurableExecutionClient },
    context,
  ) => {
    const client = input.durableExecutionClient;
    if (client) {
      input.durableExecutionClient = {
        getExecutionState: (parameters, logger) => client.getExecutionState(parameters, logger),
        checkpoint: (parameters, logger) => {
          seen();
          return client.checkpoint(parameters, logger);
        },
      };
    }
    return handler(input, context);
  };
}
