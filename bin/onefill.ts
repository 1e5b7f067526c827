#!/usr/bin/env node
import { run } from './cli/run.ts';
import { processSession } from './cli/session.ts';
import { COMMANDS } from './commands/commands.ts';

process.exitCode = await run(process.argv.slice(2), COMMANDS, processSession());
