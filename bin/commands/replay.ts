import { hash, randomUUID } from 'node:crypto';
import { command, type Values } from '../cli/command.ts';
import { JSON_OPTION, URL_OPTION, urlOf } from '../cli/connection.ts';
import { EXIT, UsageError } from '../cli/errors.ts';
import { positiveNumber, wholeNumber } from '../cli/numbers.ts';
import { startProgress } from '../cli/progress.ts';
import type { Session } from '../cli/session.ts';
import { printable } from '../cli/text.ts';
import { CREDENTIAL_OPTIONS, type Credentials, credentialsFor, sendSignal } from '../cli/webhook-client.ts';
import { readFileOrInput } from './payload.ts';
import { type RecordedSignal, readRecording } from './recording.ts';
import { type Pace, percentile, type ReplayReport, replaySignals } from './replay-run.ts';

const CONCURRENCY_DEFAULT = '1';
const CONCURRENCY_MAX = 1_000;
const ID_CHARACTERS = 24;

const OPTIONS = {
  webhook: {
    type: 'string',
    short: 'w',
    value: '<webhook>',
    summary: 'to which webhook, unless an entry says (demo)',
  },
  speed: { type: 'string', value: '<n>', summary: 'so many times as fast as recorded (1)' },
  rate: { type: 'string', value: '<n>', summary: 'so many per second instead' },
  concurrency: {
    type: 'string',
    short: 'c',
    value: '<n>',
    summary: `so many under way at once (${CONCURRENCY_DEFAULT}); with more than one their order may change`,
  },
  from: { type: 'string', value: '<n>', summary: 'begin with this one; the first is 1' },
  'new-ids': { type: 'boolean', summary: 'give each an id of its own, so that none is a duplicate' },
  ...CREDENTIAL_OPTIONS,
  ...JSON_OPTION,
  ...URL_OPTION,
} as const;

export const REPLAY = command({
  name: 'replay',
  summary: 'send the signals of a recording',
  words: ['<file>'],
  options: OPTIONS,
  details: `The file has JSON lines, or one JSON array; - is standard input. An entry is a payload as the webhook takes it, or an
object with "payload" and any of "offsetMs" or "at" (when it came), "id", "headers", "webhookId". Entries without times
follow each other at once. All of it is read before the first is sent.

What was sent before trades nothing when it is sent again within the webhook's window: after a failure or Ctrl-C go on
with the --from that is printed. Signed signals without an id get one that is made of the file and their place. A signal
that tells its own time may be refused as stale. The exit code is 1 when any was not taken.`,
  examples: [
    { does: 'As it happened', line: 'onefill replay incident.jsonl' },
    { does: 'A day within minutes', line: 'onefill replay day.jsonl --webhook desk --speed 100' },
    { does: 'Load', line: 'onefill replay day.jsonl --rate 50 --concurrency 20 --new-ids' },
    { does: 'Go on where it stopped', line: 'onefill replay day.jsonl --speed 100 --from 417' },
  ],
  async run({ values, words: [file = ''], session }) {
    const url = urlOf(values, session);
    const pace = paceIn(values);
    const concurrency = wholeNumber(
      values.concurrency ?? CONCURRENCY_DEFAULT,
      '--concurrency',
      1,
      CONCURRENCY_MAX,
    );
    const from = wholeNumber(values.from ?? '1', '--from', 1, Number.MAX_SAFE_INTEGER);
    const { webhook = 'demo' } = values;
    const credentials = credentialsFor(values, session, { url, webhookId: webhook });
    const text = await readFileOrInput(file, session);
    const all = readRecording(text).map((signal) => identified(signal, values, credentials, text));
    const signals = all.slice(from - 1);
    if (signals.length === 0) {
      throw new UsageError(`There is nothing to send: the recording has ${all.length} signals.`);
    }
    const progress = startProgress(session, 'Replaying', signals.length);
    const startedAtMs = performance.now();
    const report = await replaySignals(signals, {
      pace,
      concurrency,
      stopping: session.stopping(),
      send: ({ webhookId = webhook, ...signal }) => sendSignal(url, { webhookId, ...signal }, credentials),
      onProgress: ({ sent, failed }) => progress.step(sent, failed === 0 ? '' : `${failed} not taken`),
    });
    progress.end();
    const summary = {
      ...summaryOf(report),
      ofSignals: signals.length,
      seconds: seconds(performance.now() - startedAtMs),
    };
    showSummary(session, values.json === true, summary, report);
    const isWhole = report.failed === 0 && report.sent === signals.length;
    if (!isWhole) {
      session.note(`Go on with: --from ${report.nextNumber}`);
    }
    return isWhole ? EXIT.done : EXIT.failed;
  },
});

function paceIn({ speed, rate }: Values<typeof OPTIONS>): Pace {
  if (speed !== undefined && rate !== undefined) {
    throw new UsageError('Give --speed or --rate, not both.');
  }
  return rate === undefined
    ? { kind: 'recorded', speed: positiveNumber(speed ?? '1', '--speed', 1_000_000) }
    : { kind: 'rate', perSecond: positiveNumber(rate, '--rate', 100_000) };
}

/** With the id under which it is sent: the same whenever the same recording is replayed, unless new ones are wanted. */
function identified(
  signal: RecordedSignal,
  values: Values<typeof OPTIONS>,
  { kind }: Credentials,
  text: string,
): RecordedSignal {
  if (values['new-ids']) {
    return { ...signal, id: `replay_${randomUUID()}` };
  }
  const recorded = signal.id ?? signal.headers['webhook-id'];
  if (kind !== 'hmac' || recorded !== undefined) {
    return recorded === undefined ? signal : { ...signal, id: recorded };
  }
  const id = hash('sha256', `${signal.number}:${signal.body}:${text}`, 'hex').slice(0, ID_CHARACTERS);
  return { ...signal, id: `replay_${id}` };
}

function summaryOf({
  outcomes,
  latenciesMs,
  sent,
  failed,
  behindMs,
  firstFailure,
  nextNumber,
}: ReplayReport) {
  const sorted = latenciesMs.toSorted((left, right) => left - right);
  const latencyMs = Object.fromEntries(
    (
      [
        ['p50', 0.5],
        ['p90', 0.9],
        ['p99', 0.99],
        ['max', 1],
      ] as const
    ).map(([name, share]) => [name, Math.round(percentile(sorted, share))]),
  );
  return {
    sent,
    failed,
    outcomes: Object.fromEntries(outcomes),
    latencyMs,
    behindMs: Math.round(behindMs),
    nextNumber,
    ...(firstFailure === undefined ? {} : { firstFailure }),
  };
}

function showSummary(
  session: Session,
  isJson: boolean,
  summary: ReturnType<typeof summaryOf> & { readonly ofSignals: number; readonly seconds: number },
  { outcomes, firstFailure }: ReplayReport,
): void {
  if (isJson) {
    session.print(JSON.stringify(summary));
    return;
  }
  session.print(`Sent ${summary.sent} of ${summary.ofSignals} signals in ${summary.seconds} s.`);
  for (const [outcome, count] of [...outcomes].toSorted(([left], [right]) => left.localeCompare(right))) {
    session.print(`  ${String(count).padStart(7)}  ${printable(outcome)}`);
  }
  const { p50, p90, p99, max } = summary.latencyMs;
  session.print(`Answered within ${p50} ms (p50), ${p90} ms (p90), ${p99} ms (p99), ${max} ms at most.`);
  session.print(`At most ${summary.behindMs} ms behind the pace.`);
  if (firstFailure) {
    session.note(
      printable(`The first that was not taken is number ${firstFailure.number}: ${firstFailure.message}`),
    );
  }
}

function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
