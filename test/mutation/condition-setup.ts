import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Sdk from '@aws-sdk/lib-dynamodb';
import { expect, inject, vi } from 'vitest';
import { applyRemoval, type ConditionalWrite } from './condition-removal.ts';

/**
 * Runs before the tests of a file: lets every write command that functions/ makes go through our hands, to note its
 * condition or to remove some of it. Whatever the tests do with the command afterwards, the store gets ours.
 */

const FRAME = /at (?:async )?(?:Module\.)?(?:\w+\.)?([\w$]+) \(.*?\/functions\/([^:)]+\.ts)/;
const STACK_DEPTH = 40;
/** `conditionally` is called by every verb and is none. */
const NO_VERBS = 'ledger/table.ts';

const order = inject('conditions');
const noted = new Set<string>();

/** The verb of functions/ that is making a command; `undefined` when it is made by a test. */
function siteOf(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_DEPTH;
  const { stack = '' } = new Error('Where are we?');
  Error.stackTraceLimit = limit;
  const frames = stack.split('\n').flatMap((line) => {
    const [, name, file] = FRAME.exec(line) ?? [];
    return name !== undefined && file !== undefined && file !== NO_VERBS ? [{ name, file }] : [];
  });
  const [first] = frames;
  const verb = frames.find(({ name, file }) => file === first?.file && isVerb(file, name)) ?? first;
  return verb && `${verb.file} ${verb.name}`;
}

const sources = new Map<string, string>();

/** Whether others can call it; what only its own file calls belongs to its callers. */
function isVerb(file: string, name: string): boolean {
  const source = sources.get(file) ?? readFileSync(join('functions', file), 'utf8');
  sources.set(file, source);
  return new RegExp(`export (async )?function ${name}\\b|protected override async ${name}\\b`).test(source);
}

function passed<Write extends ConditionalWrite>(write: Write): Write {
  const expression = write.ConditionExpression;
  const site = expression === undefined ? undefined : siteOf();
  if (expression === undefined || site === undefined) {
    return write;
  }
  if (order.kind === 'record') {
    const line = JSON.stringify({ file: expect.getState().testPath, site, expression });
    if (!noted.has(line)) {
      noted.add(line);
      appendFileSync(order.path, `${line}\n`);
    }
    return write;
  }
  return order.kind === 'remove' && site === order.removal.site ? applyRemoval(write, order.removal) : write;
}

type Item = NonNullable<Sdk.TransactWriteCommandInput['TransactItems']>[number];

function passedItem({ Put, Update, Delete, ConditionCheck }: Item): Item {
  return {
    ...(Put ? { Put: passed(Put) } : {}),
    ...(Update ? { Update: passed(Update) } : {}),
    ...(Delete ? { Delete: passed(Delete) } : {}),
    ...(ConditionCheck ? { ConditionCheck: passed(ConditionCheck) } : {}),
  };
}

vi.mock('@aws-sdk/lib-dynamodb', async (importOriginal) => {
  const sdk = await importOriginal<typeof Sdk>();
  return {
    ...sdk,
    PutCommand: class extends sdk.PutCommand {
      constructor(input: Sdk.PutCommandInput) {
        super(passed(input));
      }
    },
    UpdateCommand: class extends sdk.UpdateCommand {
      constructor(input: Sdk.UpdateCommandInput) {
        super(passed(input));
      }
    },
    DeleteCommand: class extends sdk.DeleteCommand {
      constructor(input: Sdk.DeleteCommandInput) {
        super(passed(input));
      }
    },
    TransactWriteCommand: class extends sdk.TransactWriteCommand {
      constructor(input: Sdk.TransactWriteCommandInput) {
        super({ ...input, TransactItems: input.TransactItems?.map(passedItem) });
      }
    },
  };
});
