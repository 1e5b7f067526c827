import { expect, it } from 'vitest';
import { rejectionCodeOf } from '../../functions/core/rejection.ts';
import { orderOf } from './order-of.ts';

it.each([
  ['MARKET_CLOSED: Come back later.', 'MARKET_CLOSED'],
  ['INSUFFICIENT_FUNDS: 200 more is required.', 'INSUFFICIENT_FUNDS'],
  ['MARKET_CLOSED', 'ORDER_REJECTED'],
  ['It says MARKET_CLOSED: no.', 'ORDER_REJECTED'],
  ['SOMETHING_ELSE: no.', 'ORDER_REJECTED'],
  [undefined, 'ORDER_REJECTED'],
])('what a venue says as %s is %s', (reason, code) => {
  expect(rejectionCodeOf(orderOf(reason === undefined ? {} : { reason }))).toBe(code);
});
