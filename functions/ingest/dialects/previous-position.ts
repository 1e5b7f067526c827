import { MARKET_POSITIONS, type MarketPosition } from '../../core/signal.ts';
import { JsonNumber } from '../../shared/json.ts';
import type { FieldReader } from './fields.ts';

const ZERO = /^0+(\.0*)?$/;

/**
 * The position that a sender's strategy had before its order, as TradingView's `{{strategy.prev_market_position}}` and
 * `{{strategy.prev_market_position_size}}` tell. Nothing is traded by it, so that what cannot be read is no problem.
 */
export function readPreviousPosition(reader: FieldReader | undefined): MarketPosition | undefined {
  const named = textIn(reader, 'prevMarketPosition', 'prev_market_position').toLowerCase();
  const size = textIn(reader, 'prevMarketPositionSize', 'prev_market_position_size');
  return MARKET_POSITIONS.find((position) => position === named) ?? (ZERO.test(size) ? 'flat' : undefined);
}

function textIn(reader: FieldReader | undefined, ...names: readonly string[]): string {
  const value = reader?.find(...names)?.value;
  return value instanceof JsonNumber ? value.source : typeof value === 'string' ? value.trim() : '';
}
