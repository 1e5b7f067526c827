import type { REHEARSED_CALLS, RehearsalFault } from '../../core/configuration.ts';
import { assertNever } from '../../core/errors.ts';

/** The calls to the paper venue that a fault can meet. */
export type RehearsedCallName = (typeof REHEARSED_CALLS)[number];

const MEETS = {
  reject: ['place', 'cancel'],
  unavailable: ['place', 'cancel', 'lookup'],
  'rate-limit': ['place', 'cancel', 'lookup'],
  'timeout-before-accept': ['place', 'cancel', 'lookup'],
  'timeout-after-accept': ['place', 'cancel', 'lookup'],
  reset: ['place', 'cancel', 'lookup'],
  'unavailable-after-accept': ['place', 'cancel'],
  miss: ['lookup'],
  'partial-fill': ['place'],
  'late-fill': ['place', 'cancel'],
} as const satisfies Readonly<Record<RehearsalFault['kind'], readonly RehearsedCallName[]>>;

/**
 * Which calls each fault can meet; with the others it has no meaning, and none happens.
 *
 * - A lookup refuses nothing and trades nothing, and only it can miss. Whether it was done before its answer was lost
 *   matters little (a late fill has come, or not): of the two faults that say so it has one.
 * - A cancel can come too late for all of an order. How it comes too late for a part is rehearsed by a partial fill
 *   on place, and a cancel without a fault.
 */
export const REHEARSABLE: Readonly<Record<RehearsalFault['kind'], readonly RehearsedCallName[]>> = MEETS;

/** The faults that a call can meet. */
export type FaultOn<Call extends RehearsedCallName> = {
  [Kind in RehearsalFault['kind']]: Call extends (typeof MEETS)[Kind][number] ? Kind : never;
}[RehearsalFault['kind']];

/** One call to the paper venue, numbered from 1 per kind and account. */
export interface RehearsedCall<Call extends RehearsedCallName> {
  readonly call: Call;
  readonly number: number;
  /** Known of orders that are placed; a fault that names a symbol meets no other call. */
  readonly symbol?: string | undefined;
}

/** The faults among those configured that a call of a kind may meet, one time or another. */
export function faultsOn(
  faults: readonly RehearsalFault[],
  call: RehearsedCallName,
): readonly RehearsalFault[] {
  return faults.filter((fault) => fault.on === call && isRehearsable(fault.kind, call));
}

/** The fault that a call meets: the first configured one that names it. */
export function rehearsedFault<Call extends RehearsedCallName>(
  faults: readonly RehearsalFault[],
  call: RehearsedCall<Call>,
): FaultOn<Call> | undefined {
  const { kind } = faultsOn(faults, call.call).find((fault) => names(fault, call)) ?? {};
  return kind !== undefined && isRehearsable(kind, call.call) ? kind : undefined;
}

function isRehearsable<Call extends RehearsedCallName>(
  kind: RehearsalFault['kind'],
  call: Call,
): kind is FaultOn<Call> {
  return REHEARSABLE[kind].includes(call);
}

function names(fault: RehearsalFault, call: RehearsedCall<RehearsedCallName>): boolean {
  if (fault.symbol !== undefined && fault.symbol !== call.symbol) {
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
