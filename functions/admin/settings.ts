import * as z from 'zod/mini';
import { DEFAULTS } from '../core/defaults.ts';
import { applySettings } from '../ledger/apply-settings.ts';
import { readSettings, type Settings, saveSettings } from '../ledger/settings.ts';
import { answer, type HttpAnswer } from '../shared/http.ts';
import { reason } from './command.ts';
import { fields, integer } from './fields.ts';
import { circuitBreaker } from './limit-fields.ts';
import { check, readJson, readQuery } from './read-request.ts';
import { conflict } from './refusals.ts';
import type { AdminContext, AdminRequest, Route } from './route.ts';
import { dedupeWindowSeconds, maxSignalAgeSeconds, rateLimit } from './webhook-input.ts';

/** `/api/v1/settings`: what webhooks and strategies go by that do not say otherwise. */
export const SETTINGS_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/settings', access: 'viewer', handle: getSettings },
  { method: 'PUT', path: '/settings', access: 'operator', scope: 'configure', handle: putSettings },
];

/** The bounds are those of webhooks and strategies: nothing that keeps orders single can be switched off. */
const settingsInput = fields({
  rateLimit: z._default(rateLimit, { ...DEFAULTS.rateLimit }),
  dedupeWindowSeconds: z._default(dedupeWindowSeconds, DEFAULTS.dedupeWindowSeconds),
  maxSignalAgeSeconds: z._default(maxSignalAgeSeconds, DEFAULTS.maxSignalAgeSeconds),
  circuitBreaker: z._default(circuitBreaker, { ...DEFAULTS.circuitBreaker }),
  revision: z.exactOptional(integer(0, Number.MAX_SAFE_INTEGER)),
  reason: z.exactOptional(reason),
});

async function getSettings({ ledger }: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const query = readQuery(request, {});
  return query.ok ? answer(200, show(await readSettings(ledger))) : query.answer;
}

/**
 * Replaces the settings and brings everyone to them who inherits. When it dies in between, they are stored and not applied
 * everywhere; the reconciler finishes that within a minute, or a repetition at once.
 */
async function putSettings({ ledger, clock }: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const sent = readJson(request);
  const input = sent.ok ? check(request, settingsInput, sent.value) : sent;
  if (!input.ok) {
    return input.answer;
  }
  const { reason: why, revision, ...defaults } = input.value;
  request.note({ settings: defaults, ...(why === undefined ? {} : { reason: why }) });
  if (revision !== undefined) {
    const current = await readSettings(ledger);
    if (current.revision !== revision) {
      return conflict(
        request,
        `The settings were changed meanwhile: they are at revision ${current.revision}.`,
      );
    }
  }
  const { revision: saved } = await saveSettings(ledger, {
    defaults,
    changedAtMs: clock.now(),
    changedBy: request.tokenId,
    ...(why === undefined ? {} : { reason: why }),
  });
  const applied = await applySettings(ledger);
  request.note({ revision: saved });
  return answer(200, show(applied));
}

function show({ defaults, revision, appliedRevision, changedAtMs, changedBy, reason: why }: Settings) {
  return {
    ...defaults,
    revision,
    isApplied: appliedRevision === revision,
    changedAt: changedAtMs === undefined ? null : new Date(changedAtMs).toISOString(),
    ...(changedBy === undefined ? {} : { changedBy }),
    ...(why === undefined ? {} : { reason: why }),
  };
}
