import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readSignal } from '../../functions/ingest/read-signal.ts';
import { applyTemplate } from '../../functions/ingest/template.ts';
import { webhookShape } from '../../functions/ledger/shapes/webhook.ts';
import { parseJson } from '../../functions/shared/json.ts';
import { readDocument } from './documents.ts';

it('the template of docs/payloads.md makes the signal that the page says', () => {
  const section = readDocument('docs/payloads.md').text.split('\n## Any other JSON\n')[1] ?? '';
  const [webhook = '', body = '', signal = ''] = [...section.matchAll(/^```json\n(.*?)^```$/gms)].map(
    ([, json]) => json ?? '',
  );
  const { template } = z.parse(z.pick(webhookShape, { template: true }), JSON.parse(webhook));
  const sent = parseJson(body, { exactNumbers: true });
  const payload = applyTemplate(template ?? {}, sent.ok ? sent.value : undefined);
  expect(payload).toMatchObject({ ok: true, value: { id: '5f0c2c1e' } });
  expect(payload.ok && readSignal(payload.value, 1_789_482_902_000, 'onefill')).toEqual({
    ok: true,
    value: JSON.parse(signal),
  });
});
