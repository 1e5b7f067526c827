import { change } from './change-trade.ts';
import { adjust, close } from './close-trade.ts';
import { hintAtFill } from './fills.ts';
import { flatten } from './flatten.ts';
import { movePrice } from './move-price.ts';
import { reconcileAll, reconcileOne } from './reconcile.ts';
import { resolve } from './resolve.ts';

/** What answers each command. */
export const COMMAND_HANDLERS = {
  'POST /accounts/{id}/prices': movePrice,
  'POST /accounts/{id}/fills': hintAtFill,
  'POST /accounts/{id}/flatten': flatten,
  'POST /accounts/{id}/reconcile': reconcileOne,
  'POST /reconcile': reconcileAll,
  'POST /executions/{id}/resolve': resolve,
  'PATCH /trades/{id}': change,
  'POST /trades/{id}/close': close,
  'POST /trades/{id}/adjust': adjust,
};
