import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { activityOf } from '../../functions/activity/changes-of.ts';
import { readStreamRecord } from '../../functions/activity/stream-record.ts';
import { DEFAULT_CIRCUIT_SETTINGS } from '../../functions/core/circuit.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, StrategyId, WebhookId } from '../../functions/core/ids.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import { forceUnlock, haltAccount, resumeAccount } from '../../functions/ledger/account-controls.ts';
import { deleteAccount } from '../../functions/ledger/accounts.ts';
import { enlist } from '../../functions/ledger/catalog.ts';
import { acquireProbe, controlCircuit, readCircuit, reportOutcome } from '../../functions/ledger/circuits.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import { haltEverything, haltStrategy, resumeEverything } from '../../functions/ledger/halts.ts';
import { lockAccount, releaseAccount, renewLease } from '../../functions/ledger/held-account.ts';
import { saveToken } from '../../functions/ledger/issue-token.ts';
import { countDuplicate, recordReceipt } from '../../functions/ledger/receipts.ts';
import { hashToken } from '../../functions/ledger/tokens.ts';
import { deleteWebhook, saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { accountOf, requestOf, strategyOf, webhookOf } from '../support/world.ts';
import { linesOf, type StreamedLedger, streamed } from './ledger-stream.ts';

let dynamoDb: TestDynamoDb;
let stream: StreamedLedger;
beforeAll(async () => {
  dynamoDb = await startTestDynamoDb();
  stream = streamed(dynamoDb.ledger);
});
afterAll(() => dynamoDb.stop());
beforeEach(() => stream.told());

const NOW_MS = Date.parse('2026-11-21T22:00:00Z');
const told = () => linesOf(stream.told());

describe('signals', () => {
  const { signalId, webhookId, correlationId, signal, executionId, strategyId, accountId } = requestOf(
    'a',
    {},
  );
  const receipt = {
    signalId,
    webhookId,
    correlationId,
    receivedAtMs: NOW_MS,
    sourceIp: '127.0.0.1',
    duplicates: 0,
  };
  const targets = [{ executionId, strategyId, accountId }];

  it('are told in the log of their webhook: accepted, and each duplicate', async () => {
    await recordReceipt(stream.ledger, { ...receipt, status: 'accepted', signal, targets } satisfies Receipt);
    await countDuplicate(stream.ledger, signalId);
    await countDuplicate(stream.ledger, signalId);
    expect(told()).toEqual([
      'WEBHOOK SIGNAL_ACCEPTED 1 buy',
      'WEBHOOK SIGNAL_DUPLICATED 1',
      'WEBHOOK SIGNAL_DUPLICATED 2',
    ]);
  });

  it('are told when they are refused, with the reason', async () => {
    const { signalId: refused } = requestOf('a', {});
    const reason = { code: 'SIGNAL_STALE', message: 'It is too old.' };
    await recordReceipt(stream.ledger, { ...receipt, signalId: refused, status: 'refused', reason });
    expect(told()).toEqual(['WEBHOOK SIGNAL_REFUSED SIGNAL_STALE']);
  });
});

describe('configuration', () => {
  it('is told by the names of the fields that changed, and never by what they are', async () => {
    const SECRET = 'a-salted-hash-that-must-not-be-seen';
    await saveWebhook(stream.ledger, webhookOf('named', { secretHash: SECRET }));
    await saveWebhook(
      stream.ledger,
      webhookOf('named', {
        secretHash: `${SECRET}-2`,
        maxSignalAgeSeconds: 5,
        rateLimit: { limit: 2, windowSeconds: 1 },
      }),
    );
    await configureAccount(stream.ledger, accountOf('named'));
    const limits = { ...accountOf('named').limits, maxPosition: decimal(3) };
    await configureAccount(stream.ledger, accountOf('named', { limits, enabled: false }));
    await saveStrategy(stream.ledger, strategyOf('named', 'named', ['named']));
    await saveStrategy(stream.ledger, strategyOf('named', 'named', []));
    await deleteWebhook(stream.ledger, 'named' as WebhookId);
    await deleteAccount(stream.ledger, 'named' as AccountId);
    const records = stream.told();
    expect(linesOf(records)).toEqual([
      'WEBHOOK CONFIGURATION_CHANGED created',
      'WEBHOOK CONFIGURATION_CHANGED changed maxSignalAgeSeconds,rateLimit.limit,secretHash',
      'ACCOUNT CONFIGURATION_CHANGED created',
      'ACCOUNT CONFIGURATION_CHANGED changed enabled,limits.maxPosition',
      'STRATEGY CONFIGURATION_CHANGED created',
      'STRATEGY CONFIGURATION_CHANGED changed accounts',
      'WEBHOOK CONFIGURATION_CHANGED deleted',
      'ACCOUNT CONFIGURATION_CHANGED deleted',
    ]);
    expect(JSON.stringify(records)).not.toContain(SECRET);
  });

  it('of tokens is told by their ids: neither the token nor its hash is in the log', async () => {
    const holder = await saveToken(stream.ledger, 'a-secret-token', 'viewer');
    const records = stream.told();
    expect(records).toMatchObject([
      { scope: 'SYSTEM', entries: [{ type: 'TOKEN_ISSUED', tokenId: holder.tokenId, role: 'viewer' }] },
    ]);
    const text = JSON.stringify(records);
    expect(text).not.toContain('a-secret-token');
    expect(text).not.toContain(hashToken('a-secret-token'));
  });
});

describe('kill switches', () => {
  const halt = (scope: 'all' | 'entries', haltedAtMs = NOW_MS) => ({
    scope,
    reason: 'drill',
    haltedBy: 'token-1',
    haltedAtMs,
  });

  it('are told with who and why, for an account, a strategy and everything', async () => {
    const accountId = 'halted' as AccountId;
    await configureAccount(stream.ledger, accountOf(accountId));
    stream.told();
    await haltAccount(stream.ledger, accountId, halt('entries'));
    await haltAccount(stream.ledger, accountId, halt('all', NOW_MS + 1));
    await resumeAccount(stream.ledger, accountId);
    await haltStrategy(stream.ledger, 'halted' as StrategyId, halt('all'));
    await haltEverything(stream.ledger, halt('all'));
    await resumeEverything(stream.ledger);
    expect(told()).toEqual([
      'ACCOUNT HALTED account token-1 drill',
      'ACCOUNT HALTED account token-1 drill',
      'ACCOUNT RESUMED account',
      'STRATEGY HALTED strategy token-1 drill',
      'SYSTEM HALTED everything token-1 drill',
      'SYSTEM RESUMED everything',
    ]);
  });
});

describe('leases', () => {
  it('are told when they are given back or forced, and not when they are renewed', async () => {
    const accountId = 'leased' as AccountId;
    await configureAccount(stream.ledger, accountOf(accountId));
    stream.told();
    const lock = (ownerId: string) => lockAccount(stream.ledger, { accountId, ownerId, nowMs: NOW_MS });
    const first = await lock('one');
    if (first.kind !== 'locked') {
      throw new Error(first.kind);
    }
    await renewLease(stream.ledger, first.fence, NOW_MS + 900);
    await releaseAccount(stream.ledger, first.fence);
    await lock('two');
    await forceUnlock(stream.ledger, accountId);
    expect(told()).toEqual([
      'ACCOUNT LEASE_TAKEN',
      'ACCOUNT LEASE_RELEASED',
      'ACCOUNT LEASE_TAKEN',
      'ACCOUNT LEASE_FORCED',
    ]);
  });
});

describe('circuits', () => {
  const settings = { ...DEFAULT_CIRCUIT_SETTINGS, consecutiveFailures: 2 };

  it('are told when they open, are probed and close, and not when calls are counted', async () => {
    const strategyId = 'circuit' as StrategyId;
    const report = async (outcome: 'success' | 'failure', nowMs: number) => {
      const circuit = await readCircuit(stream.ledger, strategyId);
      const { executionId } = requestOf('a', {}, { strategyId });
      const subject = { strategyId, executionId, circuit, settings, nowMs };
      if (circuit.state === 'open') {
        await acquireProbe(stream.ledger, subject);
      }
      await reportOutcome(stream.ledger, new Map(), { ...subject, outcome });
    };
    await report('failure', NOW_MS);
    await report('failure', NOW_MS);
    await report('success', NOW_MS + 60_000);
    expect(told()).toEqual([
      'STRATEGY CIRCUIT_CHANGED closed open 2 failures in a row',
      'STRATEGY CIRCUIT_CHANGED open halfOpen',
      'STRATEGY CIRCUIT_PROBE_TAKEN 0',
      'STRATEGY CIRCUIT_PROBE_SUCCEEDED',
      'STRATEGY CIRCUIT_CHANGED halfOpen closed',
    ]);
  });

  it('are told when an operator changes them, and by which action', async () => {
    const strategyId = 'controlled' as StrategyId;
    for (const action of ['isolate', 'reset', 'open', 'close'] as const) {
      await controlCircuit(stream.ledger, { strategyId, action, settings, reason: 'drill', nowMs: NOW_MS });
    }
    expect(told()).toEqual([
      'STRATEGY CIRCUIT_CHANGED closed isolated isolate drill',
      'STRATEGY CIRCUIT_CHANGED isolated closed reset',
      'STRATEGY CIRCUIT_CHANGED closed open open drill',
      'STRATEGY CIRCUIT_CHANGED open closed close',
    ]);
  });
});

describe('what is no activity', () => {
  it('is not told: lists, the version of a route, sessions, the reconciler’s cursor, the paper venue’s book', async () => {
    await enlist(stream.ledger, 'ACCOUNT', 'listed');
    expect(stream.told()).toEqual([]);
    for (const [pk, sk] of [
      ['RATE#hook#127.0.0.1', 'WINDOW'],
      ['TOKEN#tradovate#demo#hash', 'SESSION'],
      ['CONTROL', 'RECONCILE'],
      ['PAPER#a', 'CALLS'],
      ['WEBHOOK#hook', 'STRATEGY#strategy'],
    ] as const) {
      expect(activityOf(readStreamRecord(record({ pk, sk }, { anything: { N: '1' } }))), pk).toEqual([]);
    }
  });

  it('is told as unreadable when it should be read and cannot be, without what it says', () => {
    const secret = { positions: { S: 'a-secret' } };
    expect(activityOf(readStreamRecord(record({ pk: 'ACCOUNT#a', sk: 'STATE' }, secret)))).toMatchObject([
      {
        scope: 'ACCOUNT#a',
        entries: [
          {
            type: 'UNREADABLE',
            pk: 'ACCOUNT#a',
            sk: 'STATE',
            problem: expect.stringContaining('positions: invalid_type'),
          },
        ],
      },
    ]);
    const token = activityOf(readStreamRecord(record({ pk: 'TOKEN#the-hash', sk: 'TOKEN' }, secret)));
    expect(JSON.stringify(token)).not.toMatch(/the-hash|a-secret/);
    expect(token).toMatchObject([{ entries: [{ type: 'UNREADABLE' }] }]);
  });
});

function record({ pk, sk }: { pk: string; sk: string }, image: object): unknown {
  const Keys = { pk: { S: pk }, sk: { S: sk } };
  const dynamodb = {
    ApproximateCreationDateTime: 1_795_000_000,
    SequenceNumber: '7',
    Keys,
    NewImage: { ...Keys, ...image },
  };
  return { eventName: 'INSERT', dynamodb };
}
