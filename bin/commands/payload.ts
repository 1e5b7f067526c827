import { readFile } from 'node:fs/promises';
import type { Options, Values } from '../cli/command.ts';
import { FailedError, UsageError } from '../cli/errors.ts';
import type { Session } from '../cli/session.ts';

/** Options that make up a signal of Onefill's own payload (docs/payloads.md), and the field each becomes. */
const FIELDS = {
  symbol: 'symbol',
  action: 'action',
  quantity: 'quantity',
  'target-quantity': 'targetQuantity',
  'order-type': 'orderType',
  'limit-price': 'limitPrice',
  'stop-price': 'stopPrice',
  'trail-amount': 'trailAmount',
  'trail-percent': 'trailPercent',
  'time-in-force': 'timeInForce',
  price: 'price',
  time: 'time',
} as const;
const TARGETS = { 'take-profit': 'takeProfit', 'stop-loss': 'stopLoss' } as const;

/** Where the payload of a signal comes from: options, a JSON text, or a file. */
export const PAYLOAD_OPTIONS = {
  symbol: { type: 'string', value: '<symbol>', summary: 'what to trade, such as MNQ1! or AAPL' },
  action: {
    type: 'string',
    value: '<action>',
    summary: 'buy, sell, long, short, add, exit, reverse, flatten, target or cancel',
  },
  quantity: { type: 'string', value: '<n>', summary: 'how much; else as the strategy sizes it' },
  'target-quantity': {
    type: 'string',
    value: '<n>',
    summary: 'what to hold after it, with the action target',
  },
  'order-type': {
    type: 'string',
    value: '<type>',
    summary: 'market, limit, stop, stop_limit or trailing_stop',
  },
  'limit-price': { type: 'string', value: '<price>', summary: 'of a limit or stop-limit order' },
  'stop-price': { type: 'string', value: '<price>', summary: 'of a stop or stop-limit order' },
  'trail-amount': { type: 'string', value: '<n>', summary: 'of a trailing stop, in price' },
  'trail-percent': { type: 'string', value: '<n>', summary: 'of a trailing stop, in percent' },
  'time-in-force': { type: 'string', value: '<tif>', summary: 'day, gtc, ioc or fok' },
  price: { type: 'string', value: '<price>', summary: "the sender's price" },
  time: { type: 'string', value: '<time>', summary: "the sender's time, such as 2026-09-15T14:35:00Z" },
  'take-profit': { type: 'string', value: '<target>', summary: 'price=…, percent=… or amount=…' },
  'stop-loss': {
    type: 'string',
    value: '<target>',
    summary: 'price=…, percent=…, amount=…, trailAmount=… or trailPercent=…',
  },
  'json-body': {
    type: 'string',
    value: '<json>',
    summary: 'the whole payload, in any form the webhook takes',
  },
  file: {
    type: 'string',
    short: 'f',
    value: '<file>',
    summary: 'read the whole payload from a file, - for stdin',
  },
} as const satisfies Options;

/** The body to send, exactly as it was given or made of the options. @throws UsageError when nothing or too much is given */
export async function readPayload(values: Values<typeof PAYLOAD_OPTIONS>, session: Session): Promise<string> {
  const named = fieldsIn(values);
  const { 'json-body': json, file } = values;
  const sources = [Object.keys(named).length > 0, json !== undefined, file !== undefined];
  if (sources.filter(Boolean).length > 1) {
    throw new UsageError('Give the signal by options, by --json-body or by --file, not by several of them.');
  }
  if (json !== undefined) {
    return json;
  }
  if (file !== undefined) {
    return (await readFileOrInput(file, session)).trim();
  }
  if (named.action === undefined || named.symbol === undefined) {
    throw new UsageError('Say what to trade: --symbol and --action, or --json-body, or --file.');
  }
  return JSON.stringify(named);
}

/** The text of a file, or of standard input for `-`. @throws FailedError when it cannot be read */
export async function readFileOrInput(file: string, session: Session): Promise<string> {
  if (file === '-') {
    return session.readInput();
  }
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new FailedError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

function fieldsIn(values: Values<typeof PAYLOAD_OPTIONS>): Record<string, unknown> {
  const plain = Object.entries(FIELDS).map(([option, field]) => [
    field,
    values[option as keyof typeof FIELDS],
  ]);
  const targets = Object.entries(TARGETS).map(([option, field]) => {
    const text = values[option as keyof typeof TARGETS];
    return [field, text === undefined ? undefined : targetOf(text, `--${option}`)];
  });
  return Object.fromEntries([...plain, ...targets].filter(([, value]) => value !== undefined));
}

function targetOf(text: string, name: string): Record<string, string> {
  const [, kind = '', amount = ''] =
    /^(price|percent|amount|trailAmount|trailPercent)=([^=]+)$/.exec(text) ?? [];
  if (kind === '') {
    throw new UsageError(`${name} must be such as percent=2 or price=21500.`);
  }
  return { [kind]: amount };
}
