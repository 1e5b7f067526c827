import type { AccountId } from '../../../../functions/core/ids.ts';
import { TIMING } from '../../../../functions/core/lease.ts';
import type { Position } from '../../../../functions/core/position.ts';
import { NOTHING_BOOKED } from '../../../../functions/ledger/booking.ts';
import { configureAccount } from '../../../../functions/ledger/configure-account.ts';
import {
  bookOpenOrders,
  type Fence,
  lockAccount,
  releaseAccount,
} from '../../../../functions/ledger/held-account.ts';
import type { Ledger } from '../../../../functions/ledger/table.ts';
import { accountOf } from '../../../support/world.ts';
import { type HeldLock, type LockPeer, NOTHING_ELSEWHERE } from './lock-peer.ts';

const ACCOUNT = 'account' as AccountId;
const RETRY_MS = TIMING.contentionBackoffMs[0];

/** Onefill's, by itself: in an execution it is taken with the intent and given back with the booking. */
export const accountLease: LockPeer = {
  name: "Onefill's lease by itself",
  on: async (ledger) => {
    await configureAccount(ledger, accountOf(ACCOUNT));
    return { acquire: (ownerId) => acquire(ledger, ownerId), elsewhere: NOTHING_ELSEWHERE };
  },
};

async function acquire(ledger: Ledger, ownerId: string): Promise<HeldLock> {
  for (;;) {
    const result = await lockAccount(ledger, { accountId: ACCOUNT, ownerId, nowMs: Date.now() });
    if (result.kind === 'locked') {
      return heldBy(ledger, result.fence);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function heldBy(ledger: Ledger, fence: Fence): HeldLock {
  return {
    write: async (quantity) => {
      const { before } = NOTHING_BOOKED;
      const after = { ...before, positions: { MNQM5: { quantity } as Position } };
      return bookOpenOrders(ledger, fence, { before, after }).then(
        () => true,
        () => false,
      );
    },
    release: () => releaseAccount(ledger, fence),
  };
}
