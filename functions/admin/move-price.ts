import { postPrice, quotePrice } from '../brokers/paper/book.ts';
import { isTrading } from '../brokers/paper/session.ts';
import type { AccountId } from '../core/ids.ts';
import { reconcileAccount } from '../engine/reconcile.ts';
import { readAccount } from '../ledger/accounts.ts';
import { answer } from '../shared/http.ts';
import { configuredIdIn } from './command.ts';
import { amount, fields, symbol } from './fields.ts';
import { check, readJson } from './read-request.ts';
import { conflict, notFound } from './refusals.ts';
import type { AdminHandle } from './route.ts';

const priceInput = fields({ symbol, price: amount('above-zero') });

/** `POST /api/v1/accounts/{id}/prices`: moves the market of a paper account. */
export async function movePrice(...[context, request]: Parameters<AdminHandle>) {
  const sent = readJson(request);
  if (!sent.ok) {
    return sent.answer;
  }
  const input = check(request, priceInput, sent.value);
  if (!input.ok) {
    return input.answer;
  }
  const id = configuredIdIn<AccountId>(request);
  const account = id && (await readAccount(context.ledger, id));
  if (!account) {
    return notFound(request, `There is no account ${request.parameters.id}.`);
  }
  const { configuration } = account;
  const { accountId, broker } = configuration;
  if (broker !== 'paper') {
    return conflict(request, `Only a paper market can be moved, and ${accountId} trades at ${broker}.`);
  }
  const move = isTrading(configuration.simulation, context.clock.now()) ? postPrice : quotePrice;
  await move({ ...context.ledger, accountId }, input.value.symbol, input.value.price);
  // What it filled is followed and protected at once. The market has moved whether or not that works; the reconciler
  // looks every minute.
  await reconcileAccount(context.engine, accountId).catch(() => undefined);
  return answer(200, input.value);
}
