import { Webhook as StandardWebhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { progressLine } from '../../bin/cli/progress.ts';
import { printable } from '../../bin/cli/text.ts';
import { provenBy } from '../../bin/cli/webhook-client.ts';
import { readRecording } from '../../bin/commands/recording.ts';
import { percentile } from '../../bin/commands/replay-run.ts';
import { onefillHere } from '../support/cli-session.ts';

describe('what is printed', () => {
  it('holds nothing that a terminal would act on', () => {
    expect(printable('red\u001b[31m\r\nnext\u0007 \u009b2J \u202egnp')).toBe('red·[31m··next· ·2J ·gnp');
    expect([undefined, null, '', 0, false, ['a']].map(printable)).toEqual([
      '-',
      '-',
      '-',
      '0',
      'false',
      '["a"]',
    ]);
  });

  it('a bar says how far it is', () => {
    expect(progressLine(5, 20)).toBe('[######                  ]  25 %  5/20');
    expect(progressLine(0, 0)).toBe('[########################] 100 %  0/0');
  });

  it.each([
    [[], 0.5, 0],
    [[7], 0.99, 7],
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4], 1, 4],
  ])('of %j the share %d lies below %d', (sorted, share, value) => {
    expect(percentile(sorted, share)).toBe(value);
  });
});

it('a signal is signed as the Standard Webhooks library verifies it', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const body = '{"symbol":"MNQ1!","note":"ü"}';
  const headers = provenBy(
    { kind: 'hmac', secret },
    { webhookId: 'w', body, id: 'msg_1' },
    (Date.now() / 1_000) | 0,
  );
  expect(new StandardWebhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  const dotted = () => provenBy({ kind: 'hmac', secret }, { webhookId: 'w', body, id: 'a.b' }, 1);
  expect(dotted).toThrow('must be without "."');
});

describe('a recording', () => {
  it('has payloads as they are, and objects that say when, where and under which id', () => {
    const lines = [
      '{"symbol":"A","quantity":1.10}',
      '',
      '{"payload":{"symbol":"B"},"at":"2026-01-01T00:00:01Z","id":"x","webhookId":"desk"}',
      '{"payload":"C buy","at":"2026-01-01T00:00:01.141Z","headers":{"webhook-id":"y"}}',
    ];
    expect(readRecording(lines.join('\n'))).toEqual([
      { number: 1, headers: {}, body: '{"symbol":"A","quantity":1.10}' },
      { number: 2, headers: {}, body: '{"symbol":"B"}', offsetMs: 0, id: 'x', webhookId: 'desk' },
      { number: 3, headers: { 'webhook-id': 'y' }, body: 'C buy', offsetMs: 141 },
    ]);
    expect(readRecording('[{"symbol":"A"},{"payload":{},"offsetMs":5}]').map(({ body }) => body)).toEqual([
      '{"symbol":"A"}',
      '{}',
    ]);
  });

  it.each([
    ['{"symbol":"A"}\n{"symbol":', 'Line 2 of the recording is not a JSON object.'],
    ['[{"symbol":"A"}', 'is not a JSON array to its end'],
    ['[1]', 'Entry 1 of the recording is not a JSON object.'],
    ['{"payload":{},"delay":3}', 'Line 1 of the recording has a field delay that is not allowed.'],
    ['{"payload":{},"headers":{"x":"a\\r\\nb"}}', 'has a field headers.x that is not allowed.'],
  ])('that is wrong is refused whole: %s', async (input, message) => {
    const environment = { ONEFILL_URL: 'http://127.0.0.1:1' };
    const { exitCode, err } = await onefillHere(['replay', '-'], { input, environment });
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: [expect.stringContaining(message)] });
    expect(err[0]).toContain('Nothing was sent.');
  });
});
