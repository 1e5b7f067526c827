import { Logger } from '@aws-lambda-powertools/logger';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handleLogs } from '../../functions/alerts/handle.ts';
import type { LogsEvent } from '../../functions/alerts/log-events.ts';
import { notificationOf } from '../../functions/alerts/notification.ts';
import { DUE_FOR_MS, type KeptAlert } from '../../functions/core/kept-alert.ts';
import { acknowledgeAlert, listAlerts } from '../../functions/ledger/alerts.ts';
import type { Operations } from '../../functions/ledger/operations-table.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { intercepted } from '../support/intercepted-ledger.ts';
import { alertLine, delivery, lineOf } from './support.ts';

const START_MS = Date.parse('2026-11-21T22:00:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const logger = new Logger({ logLevel: 'SILENT' });

let store: TestDynamoDb;
let nowMs = START_MS;
let subject = '';
let subjects = 0;
let sent: KeptAlert[] = [];
let invocations = 0;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());
beforeEach(() => {
  nowMs += 100 * MINUTE_MS;
  subjects += 1;
  subject = `account-${subjects}`;
  sent = [];
});

/** One invocation of the function. */
function handle(
  event: LogsEvent,
  changes: { operations?: Operations; publish?: (alert: KeptAlert) => Promise<void> } = {},
): Promise<void> {
  invocations += 1;
  const publish = async (alert: KeptAlert) => {
    sent.push(alert);
  };
  const context = { operations: store.operations, clock: { now: () => nowMs }, publish, logger, ...changes };
  return handleLogs(context, event, `invocation-${invocations}`);
}

const happens = (alert: Parameters<typeof alertLine>[0] = {}) =>
  delivery([alertLine({ subject, ...alert }, nowMs)]);

/** A store that fails at one kind of command, before or after it takes effect. */
const losing = (when: 'before' | 'after', command: string): Operations =>
  intercepted(store.operations, async (call, name) => {
    const answer = name === command && when === 'before' ? undefined : await call();
    if (name === command) {
      throw new Error('The store is out of reach.');
    }
    return answer;
  });

async function kept(): Promise<readonly KeptAlert[]> {
  const { alerts } = await listAlerts(store.operations, { after: ' ', before: '\u{10FFFF}', limit: 200 });
  return alerts.filter((alert) => alert.subject === subject);
}

describe('an alert', () => {
  it('is kept and told at once, and counted while it goes on', async () => {
    await handle(happens());
    nowMs += 2 * MINUTE_MS;
    await handle(happens({ message: 'Still.', occurrences: 3 }));

    expect(await kept()).toMatchObject([
      {
        type: 'POSITION_DRIFT',
        severity: 'HIGH',
        occurrences: 4,
        message: 'Still.',
        notifications: 1,
        firstAtMs: nowMs - 2 * MINUTE_MS,
        lastAtMs: nowMs,
      },
    ]);
    expect(sent).toHaveLength(1);
  });

  it('is told again with its count when the window is over: 5 minutes, CRITICAL 1 minute', async () => {
    await handle(happens());
    nowMs += 5 * MINUTE_MS - 1;
    await handle(happens());
    expect(sent).toHaveLength(1);
    nowMs += 1;
    await handle(happens());
    expect(sent.map(({ occurrences }) => occurrences)).toEqual([1, 3]);

    await handle(happens({ severity: 'CRITICAL' }));
    nowMs += MINUTE_MS;
    await handle(happens({ severity: 'CRITICAL' }));
    expect(sent.map(({ severity }) => severity)).toEqual(['HIGH', 'HIGH', 'CRITICAL', 'CRITICAL']);
  });

  it('that becomes graver is told at once, and does not become less grave', async () => {
    await handle(happens({ severity: 'LOW' }));
    await handle(happens({ severity: 'CRITICAL' }));
    await handle(happens({ severity: 'LOW' }));
    expect(sent.map(({ severity }) => severity)).toEqual(['LOW', 'CRITICAL']);
    expect(await kept()).toMatchObject([{ severity: 'CRITICAL', occurrences: 3 }]);
  });

  it('of another type or about something else is another one', async () => {
    const lines = [
      alertLine({ subject }, nowMs),
      alertLine({ subject }, nowMs + 1),
      alertLine({ subject, type: 'LOCK_TIMEOUT' }, nowMs + 2),
    ];
    await handle(delivery(lines));
    expect((await kept()).map(({ type, occurrences }) => [type, occurrences])).toEqual([
      ['LOCK_TIMEOUT', 1],
      ['POSITION_DRIFT', 2],
    ]);
    expect(sent).toHaveLength(2);
  });

  it('that happens again after it was acknowledged, or after an hour, is a new one', async () => {
    await handle(happens());
    const [first] = await kept();
    await acknowledgeAlert(store.operations, first?.alertId ?? ('' as never), { by: 'abc', atMs: nowMs + 1 });
    const late = happens();
    nowMs += 2;
    await handle(late);
    expect(await kept()).toHaveLength(1);
    await handle(happens());
    nowMs += 61 * MINUTE_MS;
    await handle(happens());
    expect((await kept()).map(({ occurrences }) => occurrences)).toEqual([1, 1, 2]);
    expect(sent).toHaveLength(3);
  });

  it('is not in a control message, nor in a line that is none; those beside it are kept', async () => {
    await handle(delivery([alertLine({ subject }, nowMs)], 'CONTROL_MESSAGE'));
    expect(await kept()).toEqual([]);
    const others = ['not JSON', {}, { alert: { type: 'NONE', severity: 'HIGH', subject, message: '' } }];
    await handle(delivery([...others.map((each) => lineOf(each, nowMs)), alertLine({ subject }, nowMs)]));
    expect(await kept()).toHaveLength(1);
  });
});

describe('a delivery', () => {
  it('that comes twice is counted and told once', async () => {
    const event = happens();
    await handle(event);
    await handle(event);
    expect(await kept()).toMatchObject([{ occurrences: 1, notifications: 1 }]);
    expect(sent).toHaveLength(1);
  });

  it('that many environments get at once is told once', async () => {
    const events = Array.from({ length: 5 }, () => happens());
    await Promise.all(
      [...events, ...events.slice(0, 1)].map((event) => handle(event).catch(() => undefined)),
    );
    expect(sent).toHaveLength(1);
    expect(await kept()).toMatchObject([{ occurrences: 5 }]);
  });

  it('that many environments get at once in the place of an old one is told once', async () => {
    await handle(happens());
    nowMs += 2 * HOUR_MS;
    const events = Array.from({ length: 5 }, () => happens());
    await Promise.all(events.map((event) => handle(event)));
    expect(sent).toHaveLength(2);
    expect(await kept()).toMatchObject([{ occurrences: 5 }, { occurrences: 1 }]);
  });

  it('whose process died between the write and the notification is told by its repetition', async () => {
    const event = happens();
    const dies = () => Promise.reject(new Error('killed'));
    await expect(handle(event, { publish: dies })).rejects.toThrow('could not be kept or sent');
    // Too soon: the first one may be at it still, and so this delivery has to come again.
    await expect(handle(event)).rejects.toThrow('could not be kept or sent');
    nowMs += DUE_FOR_MS;
    await handle(event);
    expect(sent).toHaveLength(1);
    expect(await kept()).toMatchObject([{ occurrences: 1, notifications: 1 }]);
  });

  it('whose process died after the notification repeats it once at most', async () => {
    const event = happens();
    await expect(handle(event, { operations: losing('before', 'PutCommand') })).rejects.toThrow(
      'could not be kept or sent',
    );
    expect(sent).toHaveLength(1);
    nowMs += DUE_FOR_MS;
    await handle(event);
    await handle(event);
    expect(sent).toHaveLength(2);
    expect(await kept()).toMatchObject([{ occurrences: 1, notifications: 1 }]);
  });

  it.each(['TransactWriteCommand', 'PutCommand'])(
    'whose answer to %s was lost is repeated and counted once',
    async (command) => {
      const event = happens();
      const operations = losing('after', command);
      await expect(handle(event, { operations })).rejects.toThrow('could not be kept or sent');
      nowMs += DUE_FOR_MS;
      await handle(event);
      expect(sent).toHaveLength(1);
      expect(await kept()).toMatchObject([{ occurrences: 1 }]);
    },
  );

  it('that was never repeated is told with the next occurrence', async () => {
    await handle(happens(), { publish: () => Promise.reject(new Error('SNS is down.')) }).catch(
      () => undefined,
    );
    nowMs += DUE_FOR_MS;
    await handle(happens());
    expect(sent).toMatchObject([{ occurrences: 2 }]);
  });

  it('whose one alert fails has the others kept and told', async () => {
    const lines = [alertLine({ subject }, nowMs), alertLine({ subject, type: 'LOCK_TIMEOUT' }, nowMs)];
    const publish = async (alert: KeptAlert) => {
      if (alert.type === 'LOCK_TIMEOUT') {
        throw new Error('SNS is down.');
      }
      sent.push(alert);
    };
    await expect(handle(delivery(lines), { publish })).rejects.toThrow('1 of 2 alerts');
    expect(sent.map(({ type }) => type)).toEqual(['POSITION_DRIFT']);
  });
});

describe('a notification', () => {
  it('says what happened, about what, where that is explained and what to type', async () => {
    const executionId = 'sig_01m4z3t9zg0000000000000000~trend~paper-1';
    await handle(
      delivery([alertLine({ type: 'ORDER_UNKNOWN', subject: executionId, message: 'Größe?' }, nowMs)]),
    );
    const [alert] = sent;
    if (!alert) {
      throw new Error('Nothing was sent.');
    }
    const { subject: line, text, json } = notificationOf(alert);
    expect(line).toMatch(/^\[Onefill\] HIGH ORDER_UNKNOWN: sig_[ -~]+$/);
    expect(line.length).toBeLessThanOrEqual(100);
    for (const part of [
      'Größe?',
      'accountId: paper-1',
      'docs/alerts.md#order-unknown',
      '/api/v1/executions/',
      `/api/v1/monitoring/alerts/${alert.alertId}/acknowledge`,
    ]) {
      expect(text).toContain(part);
    }
    expect(JSON.parse(json)).toMatchObject({
      version: '1.0',
      source: 'custom',
      content: { textType: 'client-markdown', title: `HIGH ORDER_UNKNOWN: ${executionId}` },
      metadata: { additionalContext: { strategyId: 'trend', accountId: 'paper-1', occurrences: '1' } },
    });
  });
});
