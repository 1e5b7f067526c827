import type { Command } from '../cli/command.ts';
import { CONFIG_COMMANDS } from './config.ts';
import { CONTROL_COMMANDS } from './controls.ts';
import { FLATTEN } from './flatten.ts';
import { LOCAL_COMMANDS } from './local.ts';
import { MONITORING_COMMANDS } from './monitoring.ts';
import { RECORD_COMMANDS } from './records.ts';
import { RECOVERY_COMMANDS } from './recovery.ts';
import { REPLAY } from './replay.ts';
import { SEND } from './send.ts';
import { STATUS } from './status.ts';
import { TAIL } from './tail.ts';
import { TOKEN_COMMANDS } from './token.ts';

/** Every command, in the order of help and docs/cli.md. */
export const COMMANDS: readonly Command[] = [
  ...LOCAL_COMMANDS,
  SEND,
  REPLAY,
  STATUS,
  TAIL,
  ...RECORD_COMMANDS,
  ...MONITORING_COMMANDS,
  ...CONTROL_COMMANDS,
  FLATTEN,
  ...RECOVERY_COMMANDS,
  ...TOKEN_COMMANDS,
  ...CONFIG_COMMANDS,
];
