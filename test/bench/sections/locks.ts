import { TIMING } from '../../../functions/core/lease.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import { modelLedger } from '../../simulation/model-table.ts';
import { Meter } from '../model/meter.ts';
import { eachInMockedTime, passed, settled } from '../model/mocked-time.ts';
import { accountLease } from '../peers/locks/account-lease.ts';
import { lockClient } from '../peers/locks/lock-client.ts';
import type { LockPeer } from '../peers/locks/lock-peer.ts';
import { redlock } from '../peers/locks/redlock.ts';
import { atMost, type Row, rowsBy } from '../rows.ts';
import { unitsOf } from './counts.ts';

const PEERS = [accountLease, lockClient, redlock] as const;

/** What one can do with a lock, and what it costs: Onefill's lease, and what a user would take instead. */
export const lockRows = (): Promise<Row[]> => eachInMockedTime(PEERS, rowsOf);

async function rowsOf(peer: LockPeer): Promise<Row[]> {
  const idle = await takenAndReleased(peer);
  const id = peer.name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  const row = (of: string, what: string, figure: number, changes: Partial<Row> = {}) =>
    rowsBy('counted')(`lock-${of}-${id}`, `${peer.name}: ${what}`, figure, changes);
  return [
    row('rounds', 'calls one after the other to take and release', idle.rounds),
    row('calls', 'calls in all', idle.calls),
    row('read-units', 'read units', idle.readUnits),
    row('write-units', 'write units', idle.writeUnits),
    row('wait', 'wait for the lock of one that died half a lease ago', await waitAfterDeath(peer), {
      unit: 'ms',
    }),
    row('stale', 'writes of a paused holder that undo the next one’s', await staleWrites(peer), {
      ...(peer === accountLease ? { target: atMost(0) } : {}),
    }),
  ];
}

function metered(): { readonly meter: Meter; readonly ledger: Ledger } {
  const { ledger } = modelLedger();
  const meter = new Meter();
  return { meter, ledger: { ...ledger, client: meter.around(ledger.client) } };
}

/** A lock that nobody else wants, and that was used before. */
async function takenAndReleased(peer: LockPeer) {
  const { meter, ledger } = metered();
  const locks = await peer.on(ledger);
  const once = async (ownerId: string) => (await locks.acquire(ownerId)).release();
  await settled(once('before'));
  const before = { ...locks.elsewhere, metered: meter.calls };
  meter.entries.length = 0;
  await settled(once('counted'));
  const calls = meter.calls - before.metered;
  return {
    rounds: calls + locks.elsewhere.rounds - before.rounds,
    calls: calls + locks.elsewhere.calls - before.calls,
    readUnits: unitsOf(meter.entries, 'readUnits'),
    writeUnits: unitsOf(meter.entries, 'writeUnits'),
  };
}

async function waitAfterDeath(peer: LockPeer): Promise<number> {
  const locks = await peer.on(metered().ledger);
  await settled(locks.acquire('dies'));
  await passed(TIMING.leaseDurationMs / 2);
  return settled(locks.acquire('next'));
}

/** A holder is paused past its lease, as by a slow collector or a frozen environment, and then goes on. */
async function staleWrites(peer: LockPeer): Promise<number> {
  const locks = await peer.on(metered().ledger);
  const paused = await locks.acquire('paused');
  const next = locks.acquire('next');
  await settled(next);
  await (await next).write('2');
  return (await paused.write('1')) ? 1 : 0;
}
