import { describe, expect, it } from 'vitest';
import { parse } from '../../bin/cli/parse.ts';
import { COMMANDS } from '../../bin/commands/commands.ts';
import { onefillHere } from '../support/cli-session.ts';
import { exampleWords } from './example-words.ts';

const OPERATOR = { ONEFILL_URL: 'http://127.0.0.1:1', ONEFILL_ADMIN_TOKEN: 'operator-token' };

describe('a command line', () => {
  it.each(COMMANDS.flatMap(({ name, examples }) => examples.map(({ line }) => ({ name, line }))))(
    'is what help shows: $line',
    ({ name, line }) => {
      const parsed = parse(exampleWords(line), COMMANDS);
      expect(parsed).toMatchObject({ kind: 'run' });
      expect(parsed.command?.name.split(' ')[0]).toBe(
        line.includes('halt --everything --scope') ? 'halt' : name.split(' ')[0],
      );
    },
  );

  it.each([
    [['tial'], 'There is no command "tial". Did you mean "tail"?'],
    [['rep'], 'Did you mean "replay"?'],
    [['xyzzy'], 'There is no command "xyzzy". Try: onefill --help'],
    [
      ['circuit', 'opne', 'demo'],
      '"onefill circuit" goes on with open, close, isolate, reset. Did you mean "circuit open"?',
    ],
    [['orders', '--acount', 'x'], "Unknown option '--acount'. Did you mean --account?"],
    [['orders', '-q'], "Unknown option '-q'. Try: onefill orders --help"],
    [['orders', '--account'], '--account needs a value: --account <account>.'],
    [['orders', '--account', '--json'], '--account needs a value: --account <account>.'],
    [['orders', '--account', 'a', '--account', 'b'], '--account is given twice'],
    [['orders', '--json=yes'], '--json stands alone'],
    [['orders', 'paper-1'], '"paper-1" is one word too many: onefill orders [options]'],
    [['orders', '--limit', '0'], '--limit must be a whole number from 1 to'],
    [['--json', 'orders'], 'Begin with a command, and put --json behind it.'],
    [['unlock'], '<account> is missing: onefill unlock <account>'],
    [['unlock', 'a', '--yes'], '--reason is needed'],
    [['halt'], 'Give one of --account <account>, --strategy <strategy> and --everything.'],
    [['halt', '--account', 'a', '--everything'], 'Give one of'],
    [['flatten', '--yes'], 'Give one of'],
    [['send', '--symbol', 'A'], 'Say what to trade: --symbol and --action'],
    [['send', '--symbol', 'A', '--json-body', '{}'], 'not by several of them'],
    [
      ['send', '--symbol', 'A', '--action', 'buy', '--stop-loss', '2'],
      '--stop-loss must be such as percent=2',
    ],
    [['send', '--symbol', 'A', '--action', 'buy', '--timeout', '-1'], '--timeout must be a number above 0'],
    [['replay', 'x', '--rate', '1', '--speed', '2'], 'Give --speed or --rate, not both.'],
    [['token', 'create', '--role', 'king'], '--role must be one of viewer, operator'],
    [
      ['token', 'create', '--role', 'viewer', '--expires-in-days', '366'],
      '--expires-in-days must be a whole number from 1 to 365',
    ],
    [['resolve', 'x', '--reason', 'r'], 'Say what became of its orders'],
    [['resolve', 'x', '--reason', 'r', '--filled', 'of1=2'], '--filled must be <order>=<quantity>@<price>'],
    [['config', 'import', 'x', '--on-conflict', 'win'], '--on-conflict must be one of replace, skip, fail'],
  ])('that is wrong ends with 2 before anything is sent: %j', async (argv, message) => {
    const { exitCode, out, err } = await onefillHere(argv, { environment: OPERATOR });
    expect(err.join('\n')).toContain(message);
    expect({ exitCode, out, lines: err.length }).toEqual({ exitCode: 2, out: [], lines: 1 });
  });

  it('takes numbers below 0, - for standard input, and values that begin with a dash behind =', () => {
    expect(
      parse(['send', '--target-quantity', '-2', '--file', '-', '--id=-x', '-w', 'desk'], COMMANDS),
    ).toMatchObject({
      values: { 'target-quantity': '-2', file: '-', id: '-x', webhook: 'desk' },
    });
  });

  it.each([...COMMANDS.map(({ name }) => name)])('onefill %s --help shows it with examples', async (name) => {
    const { exitCode, out } = await onefillHere([...name.split(' '), '--help']);
    expect(exitCode).toBe(0);
    expect(out.join('\n')).toMatch(new RegExp(`^onefill ${name}: [\\s\\S]*Examples:\\n  # `));
    expect((await onefillHere(['help', ...name.split(' ')])).out).toEqual(out);
  });

  it('lists every command in its help, and ends with 2 when nothing is asked for', async () => {
    const { exitCode, out } = await onefillHere(['--help']);
    expect(exitCode).toBe(0);
    for (const { name } of COMMANDS) {
      expect(out.join('\n')).toContain(`\n  ${name} `);
    }
    expect(await onefillHere([])).toMatchObject({ exitCode: 2, out });
  });
});

describe('what is destructive', () => {
  const COMMANDS_THAT_ASK = [
    ['halt', '--everything'],
    ['resume', '--account', 'a'],
    ['unlock', 'a', '--reason', 'r'],
    ['circuit', 'reset', 's'],
    ['flatten', '--account', 'a'],
    ['redrive'],
    ['re-execute', 'x', '--reason', 'r'],
    ['resolve', 'x', '--reason', 'r', '--not-placed', 'of1'],
    ['token', 'revoke', 'abc'],
  ];

  it.each(COMMANDS_THAT_ASK)(
    '%s %s is not done where nobody can be asked, unless --yes is given',
    async (...argv) => {
      expect(await onefillHere(argv, { environment: OPERATOR })).toMatchObject({
        exitCode: 2,
        err: [expect.stringContaining('give --yes')],
      });
      // Nothing listens there: it was sent.
      expect((await onefillHere([...argv, '--yes'], { environment: OPERATOR })).exitCode).toBeOneOf([1, 4]);
    },
  );

  it.each(COMMANDS_THAT_ASK)('%s %s is done when a person says yes, and only then', async (...argv) => {
    for (const answer of ['', 'n', 'yess']) {
      const { exitCode, err } = await onefillHere(argv, { environment: OPERATOR, answer });
      expect({ exitCode, last: err.at(-1) }).toEqual({ exitCode: 1, last: 'Nothing was done.' });
    }
    expect((await onefillHere(argv, { environment: OPERATOR, answer: 'yes' })).err.at(-1)).not.toBe(
      'Nothing was done.',
    );
  });
});

describe('secrets', () => {
  const PRIVATE = 'Pr1vate value';

  it.each([
    [['orders', '--token', PRIVATE], {}],
    [['orders'], { ONEFILL_ADMIN_TOKEN: PRIVATE }],
    [['orders', '--url', `http://me:${encodeURIComponent(PRIVATE)}@127.0.0.1:1`], {}],
    [['send', '--symbol', 'A', '--action', 'buy', '--secret', PRIVATE], {}],
    [['send', '--symbol', 'A', '--action', 'buy'], { ONEFILL_HMAC_SECRET: `whsec_${PRIVATE}` }],
    [['config', 'import', '-', '--yes'], {}],
  ])('are not repeated when they are refused: %j', async (argv, environment) => {
    const input = `{"webhooks":[{"secret":"${PRIVATE}"},3]}`;
    const { exitCode, out, err } = await onefillHere(argv, { environment: { ...environment }, input });
    expect(exitCode).toBeOneOf([1, 2]);
    expect(decodeURIComponent([...out, ...err].join('\n'))).not.toContain(PRIVATE);
  });

  it('the token of the local cloud is used on this machine only', async () => {
    expect(await onefillHere(['orders', '--url', 'https://onefill.example'])).toMatchObject({
      exitCode: 2,
      err: ['Set ONEFILL_ADMIN_TOKEN to a token for https://onefill.example.'],
    });
  });

  it('a token that would travel in the clear is warned of', async () => {
    const { err } = await onefillHere(['orders', '--url', 'http://onefill.invalid', '--token', 't']);
    expect(err[0]).toBe('http://onefill.invalid is not encrypted: whoever is on the way can read the token.');
  });
});

it.each([['orders'], ['tail'], ['status'], ['send', '--symbol', 'A', '--action', 'buy']])(
  'onefill %s ends with 4 in one line when nothing answers',
  async (...argv) => {
    const { exitCode, out, err } = await onefillHere(argv, { environment: OPERATOR });
    expect({ exitCode, out, lines: err.length }).toEqual({ exitCode: 4, out: [], lines: 1 });
    expect(err[0]).toContain('http://127.0.0.1:1 does not answer');
  },
);
