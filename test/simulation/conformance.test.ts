import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { scaled } from '../support/scale.ts';
import { ALL_ITEMS, CLEAN, commandSequences } from './conformance/command-grammar.ts';
import { QUERIED, ROWS, ROWS_OF_DYNAMODB } from './conformance/command-rows.ts';
import { BASE_ITEM, CONDITIONS, CONDITIONS_OF_DYNAMODB } from './conformance/condition-rows.ts';
import {
  comparable,
  engineOf,
  modelEngine,
  type Outcome,
  type PortableCommand,
  type TestedEngine,
} from './conformance/engines.ts';
import { UPDATES, UPDATES_OF_DYNAMODB } from './conformance/update-rows.ts';

const TIMEOUT_MS = scaled(60_000, 600_000);
/** dynoxide does some things other than DynamoDB; where that is known, only AWS's own engine is asked. */
const IS_DYNAMODB = process.env.DYNAMODB_ENDPOINT !== undefined;
const KEY = { pk: 'p', sk: 's' };

let store: TestDynamoDb;
let real: TestedEngine;
let model: TestedEngine;

beforeAll(async () => {
  store = await startTestDynamoDb();
  const names: Record<string, string> = {
    ledger: store.ledger.tableName,
    idempotency: store.idempotencyTableName,
  };
  real = engineOf(store.ledger.client, (name) => names[name] ?? name);
  model = modelEngine();
});
afterAll(() => store.stop());

/** What DynamoDB refuses at once and dynoxide only when it gets there, if at all. */
const NOT_REFUSED_BY_DYNOXIDE = /must be distinct|Incorrect operand type|document path provided/;

/**
 * Whether the model claims to know, and the engine is known to do as DynamoDB does: dynoxide finds fewer mistakes, in
 * transactions and queries above all. What is not comparable changed nothing.
 */
function isComparable({ name }: PortableCommand, outcome: Outcome, message: string): boolean {
  if (outcome.kind === 'answered' || IS_DYNAMODB) {
    return outcome.kind === 'answered' || outcome.name !== 'BeyondTheModel';
  }
  const isMistake = outcome.name === 'ValidationException';
  const isLenient = name === 'TransactWriteCommand' || name === 'QueryCommand';
  return (
    outcome.name !== 'BeyondTheModel' && !(isMistake && (isLenient || NOT_REFUSED_BY_DYNOXIDE.test(message)))
  );
}

/** Sends a command to both engines. */
async function expectSame(command: PortableCommand): Promise<void> {
  const [{ message: _, ...expected }, { message: __, ...got }] = await Promise.all([
    real.outcomeOf(command),
    model.outcomeOf(command),
  ]);
  expect(got, JSON.stringify(command)).toEqual(expected);
}

const PUT_BASE: PortableCommand = {
  name: 'PutCommand',
  input: { TableName: 'ledger', Item: { ...KEY, ...BASE_ITEM } },
};

/** Sends commands to both engines, each to an item as it was at first, and looks at the item afterwards. */
async function expectSameOnBase(commands: readonly PortableCommand[]): Promise<void> {
  for (const command of commands) {
    await expectSame(PUT_BASE);
    await expectSame(command);
    await expectSame({ name: 'GetCommand', input: { TableName: 'ledger', Key: KEY } });
  }
}

describe('the model of DynamoDB does as the engine does', () => {
  it('with every condition', async () => {
    await expectSame(PUT_BASE);
    for (const [expression, values, names] of [
      ...CONDITIONS,
      ...(IS_DYNAMODB ? CONDITIONS_OF_DYNAMODB : []),
    ]) {
      await expectSame({
        name: 'UpdateCommand',
        input: {
          TableName: 'ledger',
          Key: KEY,
          UpdateExpression: 'SET touched = :touched',
          ConditionExpression: expression,
          ExpressionAttributeValues: { ':touched': 1, ...values },
          ExpressionAttributeNames: names,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      });
    }
  });

  it('with every update', () =>
    expectSameOnBase(
      [...UPDATES, ...(IS_DYNAMODB ? UPDATES_OF_DYNAMODB : [])].map(
        ([expression, values, names, returned]) => ({
          name: 'UpdateCommand',
          input: {
            TableName: 'ledger',
            Key: KEY,
            UpdateExpression: expression,
            ExpressionAttributeValues: values,
            ExpressionAttributeNames: names,
            ReturnValues: returned ?? 'ALL_NEW',
          },
        }),
      ),
    ));

  it('with every other command', async () => {
    for (const command of QUERIED) {
      await expectSame(command);
    }
    await expectSameOnBase([...ROWS, ...(IS_DYNAMODB ? ROWS_OF_DYNAMODB : [])]);
  });

  it(
    'whatever commands come one after the other',
    async () => {
      await fc.assert(
        fc.asyncProperty(commandSequences({ wild: IS_DYNAMODB }), async (commands) => {
          await real.outcomeOf(CLEAN);
          const fresh = modelEngine();
          for (const command of commands) {
            const { message = '', ...got } = await fresh.outcomeOf(command);
            if (isComparable(command, got, message)) {
              const { message: _, ...expected } = await real.outcomeOf(command);
              expect(comparable(command, got), message).toEqual(comparable(command, expected));
            }
          }
          for (const everything of ALL_ITEMS) {
            expect(await fresh.outcomeOf(everything)).toEqual(await real.outcomeOf(everything));
          }
        }),
        { numRuns: scaled(100, 2_000) },
      );
    },
    TIMEOUT_MS,
  );
});
