/** One call of a simulated process to the outside. */
export interface Call {
  readonly process: string;
  /** Among the calls of its process, whatever the service; from 1. */
  readonly number: number;
  readonly service: 'dynamodb' | 'sqs' | 'broker';
  /** For example `Update`, `SendMessageBatch` or `place`. */
  readonly operation: string;
  /** What it is about: an item's key, or an order. Made when it is printed. */
  readonly subject: () => string;
  readonly atMs: number;
}

/** What became of a call, as it is printed. */
interface Entry {
  readonly call: Call;
  outcome: string;
}

/** Everything that the processes of one simulation called, in order. */
export interface Trace {
  readonly calls: readonly Call[];
  /** Enters a call; what it returns takes what became of it. */
  enter(call: Call): (outcome: string) => void;
  /** Something that happened beside the calls: a kill, a signal sent. */
  note(atMs: number, text: string): void;
  /** One line per call and note. */
  show(): string;
}

export function newTrace(): Trace {
  const lines: (Entry | { readonly atMs: number; readonly text: string })[] = [];
  const calls: Call[] = [];
  return {
    calls,
    enter(call) {
      const entry: Entry = { call, outcome: 'no answer' };
      calls.push(call);
      lines.push(entry);
      return (outcome) => {
        entry.outcome = outcome;
      };
    },
    note(atMs, text) {
      lines.push({ atMs, text });
    },
    show() {
      const firstMs = lines[0] === undefined ? 0 : timeOf(lines[0]);
      return lines
        .map((line) => {
          const time = `+${timeOf(line) - firstMs} ms`.padStart(12);
          if ('text' in line) {
            return `${time}  ${line.text}`;
          }
          const { process, number, service, operation, subject } = line.call;
          return `${time}  ${process} ${number}. ${service} ${operation} ${subject()} → ${line.outcome}`;
        })
        .join('\n');
    },
  };
}

function timeOf(line: Entry | { readonly atMs: number }): number {
  return 'call' in line ? line.call.atMs : line.atMs;
}

/** What a command is about: the keys that it names. */
export function subjectOf(command: object): string {
  const { input = {} } = command as { readonly input?: Readonly<Record<string, unknown>> };
  const keys: string[] = [];
  collectKeys(input, keys);
  return keys.join(', ');
}

const KEY_NAMES = ['Key', 'Item', 'Keys'];

function collectKeys(value: unknown, keys: string[]): void {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    if (KEY_NAMES.includes(name)) {
      keys.push(...[inner].flat().map(keyOf));
    } else if (name === 'MessageDeduplicationId' || name === 'ReceiptHandle') {
      keys.push(String(inner));
    } else if (name === 'ExpressionAttributeValues' && 'KeyConditionExpression' in value) {
      keys.push(...Object.values(inner as object).map(String));
    } else {
      collectKeys(inner, keys);
    }
  }
}

function keyOf(item: unknown): string {
  const { pk, sk, id } = item as Readonly<Record<string, unknown>>;
  return [pk, sk, id].filter((part) => part !== undefined).join('/');
}
