import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Sdk from '@aws-sdk/lib-dynamodb';
import { afterEach, inject, vi } from 'vitest';
import type * as Model from '../simulation/model-table.ts';
import {
  applyNothing,
  applyRemoval,
  type ConditionalWrite,
  general,
  type Removal,
  type SentCondition,
} from './condition-removal.ts';

/**
 * Runs before the tests of a file, in their process: lets every write command that functions/ makes go through our
 * hands, to note its condition or to remove some of it. Whatever the tests do with the command afterwards, the store
 * gets ours. What was noted goes back to the script with the results of the tests.
 */

declare module 'vitest' {
  interface ProvidedContext {
    /** `undefined`: nothing; conditions are noted, and replaced by others that say the same. */
    removal: Removal | undefined;
  }
  /** Of a file. */
  interface TaskMeta {
    sent?: SentCondition[];
    /** What the model of the store could not make sense of. */
    refused?: string[];
  }
}

const FRAME =
  /at (?:async )?(?:Module\.)?(?:\w+\.)?([\w$]+)(?: \[as [\w$]+\])? \(.*?\/functions\/([^:)]+\.ts)/;
const STACK_DEPTH = 40;
/** `conditionally` is called by every verb and is none. */
const NO_VERBS = 'ledger/table.ts';

const removal = inject('removal');
const sent = new Map<string, SentCondition>();
const refusals: (readonly Error[])[] = [];

afterEach(({ task: { file } }) => {
  file.meta.sent = [...sent.values()];
  file.meta.refused = refusals.flat().map(({ message }) => message);
});

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
  const site = write.ConditionExpression === undefined ? undefined : siteOf();
  if (write.ConditionExpression === undefined || site === undefined) {
    return write;
  }
  const condition = general(write.ConditionExpression);
  if (removal === undefined) {
    sent.set(`${site} ${condition}`, { site, condition });
    return applyNothing(write);
  }
  return site === removal.site && condition === removal.condition ? applyRemoval(write, removal) : write;
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

vi.mock('../simulation/model-table.ts', async (importOriginal) => {
  const model = await importOriginal<typeof Model>();
  return {
    ...model,
    modelLedger: () => {
      const made = model.modelLedger();
      refusals.push(made.refused);
      return made;
    },
  };
});
