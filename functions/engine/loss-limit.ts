import type { Books } from '../core/books.ts';
import { compare, negate } from '../core/decimal.ts';
import { figuresOn } from '../core/risk.ts';
import { dayIn } from '../core/trading-window.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import type { Engine } from './engine.ts';

/** Tells operators once what is booked brings an account to the loss that it may have in a day. */
export function tellOfLoss(
  engine: Engine,
  { configuration }: AccountState,
  before: Books,
  after: Books,
): void {
  const { accountId, limits } = configuration;
  const { maxDailyLoss, timeZone } = limits;
  if (maxDailyLoss === undefined || after.daily === before.daily) {
    return;
  }
  const day = dayIn(timeZone, engine.clock.now());
  const lossIn = ({ daily }: Books) => negate(figuresOn(daily, day).realizedPnl);
  const loss = lossIn(after);
  if (compare(loss, maxDailyLoss) >= 0 && compare(lossIn(before), maxDailyLoss) < 0) {
    engine.alert({
      type: 'DAILY_LOSS_REACHED',
      severity: 'HIGH',
      subject: accountId,
      message:
        `The account ${accountId} lost ${loss} on ${day}; its limit is ${maxDailyLoss} a day. It opens no position any ` +
        'more until the next day; exits pass.',
    });
  }
}
