import type { RehearsalFault } from '../../core/configuration.ts';
import { assertNever } from '../../core/errors.ts';

/** One call to the paper venue, numbered from 1 per kind and account. */
export interface RehearsedCall {
  readonly call: RehearsalFault['on'];
  readonly number: number;
  readonly symbol?: string | undefined;
}

/** The fault that a call meets: the first configured one that names it. */
export function rehearsedFault(
  faults: readonly RehearsalFault[],
  call: RehearsedCall,
): RehearsalFault['kind'] | undefined {
  return faults.find((fault) => applies(fault, call))?.kind;
}

function applies(fault: RehearsalFault, call: RehearsedCall): boolean {
  if (fault.on !== call.call || (fault.symbol !== undefined && fault.symbol !== call.symbol)) {
    return false;
  }
  switch (fault.when.type) {
    case 'always':
      return true;
    case 'nth':
      return call.number === fault.when.nth;
    case 'every':
      return call.number % fault.when.every === 0;
    default:
      return assertNever(fault.when);
  }
}
