import { TIMING } from '../../../../functions/core/lease.ts';
import type { LockPeer } from './lock-peer.ts';
import { plainAccount } from './plain-account.ts';

const SERVERS = 5;
const MAJORITY = 3;
const RETRY_MS = 200;
const DRIFT_SHARE = 0.01;
const DRIFT_MS = 2;
const KEY = 'account';

/** One Redis, as far as locks need it: `SET … NX PX`, and the script that deletes a key that still has its value. */
class Redis {
  readonly #keys = new Map<string, { readonly value: string; readonly expiresAtMs: number }>();

  async setIfAbsent(key: string, value: string, durationMs: number): Promise<boolean> {
    const nowMs = Date.now();
    if ((this.#keys.get(key)?.expiresAtMs ?? 0) > nowMs) {
      return false;
    }
    this.#keys.set(key, { value, expiresAtMs: nowMs + durationMs });
    return true;
  }

  async deleteIfEqual(key: string, value: string): Promise<void> {
    if (this.#keys.get(key)?.value === value) {
      this.#keys.delete(key);
    }
  }
}

/**
 * Redlock as Redis documents it ("Distributed Locks with Redis"): the same key on five servers at once, held by whoever
 * got three of them before the lock's time was up. There is no fencing token.
 */
export const redlock: LockPeer = {
  name: 'Redlock',
  on: async (ledger) => {
    const write = await plainAccount(ledger);
    const servers = Array.from({ length: SERVERS }, () => new Redis());
    const elsewhere = { calls: 0, rounds: 0 };
    const onAll = <Answer>(ask: (server: Redis) => Promise<Answer>): Promise<Answer[]> => {
      elsewhere.calls += SERVERS;
      elsewhere.rounds += 1;
      return Promise.all(servers.map(ask));
    };
    const release = async (ownerId: string) => {
      await onAll((server) => server.deleteIfEqual(KEY, ownerId));
    };
    const acquire = async (ownerId: string) => {
      for (;;) {
        const beganAtMs = Date.now();
        const taken = await onAll((server) => server.setIfAbsent(KEY, ownerId, TIMING.leaseDurationMs));
        const driftMs = TIMING.leaseDurationMs * DRIFT_SHARE + DRIFT_MS;
        const validMs = TIMING.leaseDurationMs - (Date.now() - beganAtMs) - driftMs;
        if (taken.filter(Boolean).length >= MAJORITY && validMs > 0) {
          return { write, release: () => release(ownerId) };
        }
        await release(ownerId);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    };
    return { acquire, elsewhere };
  },
};
