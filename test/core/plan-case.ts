import type { Sizing } from '../../functions/core/configuration.ts';
import { add, type Decimal, decimal, negate } from '../../functions/core/decimal.ts';
import {
  type AccountId,
  type ExecutionId,
  executionIdOf,
  type StrategyId,
  signalIdOf,
  type WebhookId,
} from '../../functions/core/ids.ts';
import type { Instrument } from '../../functions/core/instrument.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import { type Plan, type PlanInput, planOrders } from '../../functions/core/plan.ts';
import type { Signal } from '../../functions/core/signal.ts';

/** An execution of its own signal. */
export const executionOf = (key: string): ExecutionId =>
  executionIdOf(signalIdOf('hook' as WebhookId, key, 1), 'strategy' as StrategyId, 'account' as AccountId);

/** What a case says of the planner's input; everything else is the plainest there is. */
export interface PlanCase {
  readonly signal: Partial<Signal> & Pick<Signal, 'action'>;
  readonly positionQuantity: string | number;
  readonly allowShort?: boolean;
  readonly sizing?: Sizing;
  readonly multiplier?: Decimal;
  readonly instrument?: Instrument;
  readonly executionId?: ExecutionId;
}

export const inputOf = ({ signal, positionQuantity, ...rest }: PlanCase): PlanInput => ({
  executionId: executionOf('key'),
  allowShort: false,
  sizing: { type: 'signal' },
  multiplier: decimal(1),
  instrument: { symbol: 'MNQM5', multiplier: decimal(1) },
  ...rest,
  positionQuantity: decimal(positionQuantity),
  signal: { symbol: 'MNQM5', timeInForce: 'day', ...signal },
});

export const plan = (planCase: PlanCase): Plan => planOrders(inputOf(planCase));

/** A plan in one line: `entry buy 2`, `exit sell 5`, `skip NO_POSITION`. An exit is always reduce-only. */
export function described(result: Plan): string {
  if (result.kind !== 'orders') {
    return `${result.kind} ${result.reason.code}`;
  }
  return result.orders
    .map(({ leg, side, quantity, reduceOnly }) => {
      const isOdd = reduceOnly !== (leg === 'exit');
      return `${leg} ${side} ${quantity}${isOdd ? ` with reduceOnly ${reduceOnly}` : ''}`;
    })
    .join(', ');
}

/** The position once the orders are filled. */
export const positionAfter = (positionQuantity: Decimal, orders: readonly OrderIntent[]): Decimal =>
  orders.reduce<Decimal>(
    (position, { side, quantity }) => add(position, side === 'buy' ? quantity : negate(quantity)),
    positionQuantity,
  );
