#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { demo } from './commands/demo.ts';
import { start } from './commands/start.ts';
import { createToken } from './commands/token.ts';
import { UsageError } from './commands/usage-error.ts';

const HELP = `Onefill: one signal, one fill.

Usage:
  onefill start [--ephemeral]            start the local cloud with a demo that is ready to trade on paper
  onefill demo                           replay the incident that Onefill prevents, against the running local cloud
  onefill token create --role <role> --table <name> [--name <name>] [--expires-in-days <days>|never]
                                         issue a bearer token (viewer or operator) for a deployed stack

Environment:
  PORT                 port of the local cloud (3000)
  ONEFILL_DATA_DIR     where the local cloud keeps its data (.onefill)
  ONEFILL_ADMIN_TOKEN  operator token of the local cloud (local-operator)
  ONEFILL_URL          where the demo finds the local cloud (http://127.0.0.1:$PORT)
  DYNAMODB_ENDPOINT    a DynamoDB-compatible engine to use instead of the built-in one
  SQS_ENDPOINT         an SQS-compatible engine to use instead of the built-in one

Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

/** Runs one command. @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      ephemeral: { type: 'boolean' },
      role: { type: 'string' },
      table: { type: 'string' },
      name: { type: 'string' },
      'expires-in-days': { type: 'string' },
    },
  });
  const command = positionals.join(' ');
  if (values.help || command === '') {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  switch (command) {
    case 'start':
      return start({ ephemeral: values.ephemeral ?? false }, process.env);
    case 'demo':
      return demo(process.env);
    case 'token create':
      return createToken({
        role: values.role,
        tableName: values.table,
        name: values.name,
        expiresInDays: values['expires-in-days'],
      });
    default:
      throw new UsageError(`There is no command "${command}". Try: onefill --help`);
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof UsageError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${isUsage && error instanceof Error ? error.message : (error as Error).stack}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
