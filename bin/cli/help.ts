import type { Command, OptionSpecification } from './command.ts';

const ENVIRONMENT = `Environment:
  ONEFILL_URL             where Onefill is (http://127.0.0.1:$PORT)
  ONEFILL_ADMIN_TOKEN     bearer token of the admin API (local-operator, on this machine only)
  ONEFILL_WEBHOOK_SECRET  secret of the webhook that signals are sent to
  ONEFILL_HMAC_SECRET     whsec_… to sign signals with
  PORT                    port of the local cloud (3000)
  ONEFILL_DATA_DIR        where the local cloud keeps its data (.onefill)
  DYNAMODB_ENDPOINT       a DynamoDB-compatible engine to use instead of the built-in one
  SQS_ENDPOINT            an SQS-compatible engine to use instead of the built-in one
  NO_COLOR                no colours`;

const EXIT_CODES = `Exit codes: 0 done, 1 carried out and failed, 2 wrong usage, 3 refused by the API, 4 not reachable.`;

/** What `onefill --help` says. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map(
    ({ name, words = [], summary }) => [[name, ...words].join(' '), summary] as const,
  );
  return `Onefill: one signal, one fill.

Usage:
  onefill <command> [options]
  onefill <command> --help               its options, with examples

Commands:
${columns(rows)}

${ENVIRONMENT}

${EXIT_CODES}
`;
}

/** What `onefill <command> --help` says. */
export function helpOf({ name, words = [], options, summary, details, examples }: Command): string {
  const rows = Object.entries(options).map(([option, specification]) => [
    spelled(option, specification),
    specification.summary,
  ]);
  const usage = ['onefill', name, ...words, ...(rows.length > 0 ? ['[options]'] : [])].join(' ');
  const parts = [
    `onefill ${name}: ${summary}`,
    `Usage: ${usage}`,
    ...(details === undefined ? [] : [details]),
    ...(rows.length > 0 ? [`Options:\n${columns(rows as [string, string][])}`] : []),
    `Examples:\n${examples.map(({ does, line }) => `  # ${does}\n  ${line}`).join('\n')}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function spelled(name: string, { short, type, value }: OptionSpecification): string {
  return `--${name}${short ? `, -${short}` : ''}${type === 'string' ? ` ${value ?? '<value>'}` : ''}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
