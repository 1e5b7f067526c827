import type { Side } from '../../core/order.ts';
import type { MarketPosition } from '../../core/signal.ts';

/**
 * Whether an order only closes: it leaves no position, or the one that it makes smaller. Who gets it before the order that
 * opened the position must not open the opposite one, so it is an exit and no purchase or sale.
 *
 * @param left as far as the sender says
 */
export function onlyCloses(side: Side, left: MarketPosition | undefined): boolean {
  return left === 'flat' || left === (side === 'buy' ? 'short' : 'long');
}
