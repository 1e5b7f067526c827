/** Whether a line of a log is one that a subscription filter wants. */
export type LogPattern = (line: string) => boolean;

/** Whether the value of a JSON line is wanted. */
type Test = (value: unknown) => boolean;

/** What a pattern is made of: brackets, operators, quoted text, and words such as `$.alert.severity`, `12` and `*`. */
const TOKEN = /\s*(\(|\)|&&|\|\||!=|=|"(?:[^"\\]|\\.)*"|[^\s()&|!="{}<>]+)/y;

const SELECTOR = /^\$(?:\.[\w-]+)+$/;

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/**
 * Reads a filter pattern of CloudWatch Logs: the empty one, and those that compare values of JSON lines by `=` and
 * `!=` with text, numbers and `*`, or ask whether they are there by `EXISTS`, combined by `&&`, `||` and brackets.
 *
 * @returns nothing for any other pattern
 */
export function readLogPattern(pattern: string): LogPattern | undefined {
  const text = pattern.trim();
  if (text === '') {
    return () => true;
  }
  const tokens = text.startsWith('{') && text.endsWith('}') ? tokensOf(text.slice(1, -1)) : undefined;
  const test = tokens && new PatternReader(tokens).read();
  return test && ((line) => test(objectOf(line)));
}

function tokensOf(text: string): readonly string[] | undefined {
  const tokens = [...text.matchAll(new RegExp(TOKEN, 'gy'))];
  const length = tokens.reduce((sum, [match]) => sum + match.length, 0);
  return text.slice(length).trim() === '' ? tokens.map(([, token = '']) => token) : undefined;
}

/** Most lines that no pattern wants are no JSON: those need not be parsed. */
function objectOf(line: string): unknown {
  if (!line.startsWith('{')) {
    return undefined;
  }
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Goes through the tokens of one pattern; `&&` binds its sides more closely than `||`. */
class PatternReader {
  readonly #tokens: string[];

  constructor(tokens: readonly string[]) {
    this.#tokens = [...tokens];
  }

  read(): Test | undefined {
    const test = this.#any();
    return this.#tokens.length === 0 ? test : undefined;
  }

  #any(): Test | undefined {
    const tests = this.#separatedBy('||', () => this.#all());
    return tests && ((value) => tests.some((test) => test(value)));
  }

  #all(): Test | undefined {
    const tests = this.#separatedBy('&&', () => this.#one());
    return tests && ((value) => tests.every((test) => test(value)));
  }

  #separatedBy(operator: string, readOne: () => Test | undefined): readonly Test[] | undefined {
    const tests: Test[] = [];
    do {
      const test = readOne();
      if (test === undefined) {
        return undefined;
      }
      tests.push(test);
    } while (this.#take(operator));
    return tests;
  }

  #one(): Test | undefined {
    if (this.#take('(')) {
      const test = this.#any();
      return this.#take(')') ? test : undefined;
    }
    const selector = this.#tokens.shift() ?? '';
    const operator = this.#tokens.shift();
    const path = SELECTOR.test(selector) ? selector.split('.').slice(1) : undefined;
    if (path === undefined || operator === undefined) {
      return undefined;
    }
    const matches = operator === 'EXISTS' ? isThere : this.#comparison(operator);
    return matches && ((value) => matches(valueAt(value, path)));
  }

  #comparison(operator: string): Test | undefined {
    const operand = this.#tokens.shift();
    const equals = operand === undefined || /^[()&|=!]/.test(operand) ? undefined : equalTo(operand);
    switch (operator) {
      case '=':
        return equals;
      case '!=':
        return equals && ((value) => isThere(value) && !equals(value));
      default:
        return undefined;
    }
  }

  #take(token: string): boolean {
    if (this.#tokens[0] !== token) {
      return false;
    }
    this.#tokens.shift();
    return true;
  }
}

function isThere(value: unknown): boolean {
  return value !== undefined;
}

function equalTo(operand: string): Test {
  if (NUMBER.test(operand)) {
    return (value) => value === Number(operand);
  }
  const text = operand.startsWith('"') ? operand.slice(1, -1).replaceAll(/\\(.)/g, '$1') : operand;
  const literals = text.split('*').map((literal) => literal.replaceAll(/[^\w]/g, '\\$&'));
  const pattern = new RegExp(`^${literals.join('.*')}$`, 's');
  return (value) => (typeof value === 'string' || typeof value === 'number') && pattern.test(String(value));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (each, key) =>
      typeof each === 'object' && each !== null && Object.hasOwn(each, key)
        ? (each as Readonly<Record<string, unknown>>)[key]
        : undefined,
    value,
  );
}
