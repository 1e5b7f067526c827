import type { Random } from '../../simulation/random.ts';

/** A signal, and the order that it must lead to. */
export interface Planned {
  readonly payload: object;
  /** Whether it opens something. */
  readonly isEntry: boolean;
  /** As the venue has it: side, quantity and price. */
  readonly order: string;
}

/** What those before a signal lead to. */
interface Held {
  /** Signed. */
  readonly position: number;
  /** How many trades there are at most: each has orders of its own at the venue. */
  readonly trades: number;
  /** Where the market is, up to the steps that tell signals apart. */
  readonly level: number;
}

/** What a signal does. */
interface Step {
  readonly action: string;
  /** Of the signal; 0: it has none. */
  readonly quantity: number;
  /** What its order changes of the position. */
  readonly traded: number;
  readonly isEntry: boolean;
  readonly after: Held;
}

const TICK = 0.25;
const LEVEL = 1_000;
/** Wider than all ticks of a plan, and less than a jump: only jumps reach a take-profit or a stop-loss. */
const DISTANCE = 10;
const JUMP = 20;
const BRACKET = { takeProfit: { amount: DISTANCE }, stopLoss: { amount: DISTANCE } };
const TRADES_MAX = 2;

/** Entries and exits, each of which depends on the position that those before it lead to. */
export function planPlain(random: Random, signals: number): Planned[] {
  const plan: Planned[] = [];
  let position = 0;
  for (let price = 1; price <= signals; price += 1) {
    const action = position === 0 ? 'buy' : random.pick(['buy', 'buy', 'sell', 'exit'] as const);
    const isEntry = action === 'buy';
    const quantity = isEntry ? random.between(1, 3) : action === 'sell' ? 1 : position;
    position += isEntry ? quantity : -quantity;
    plan.push({
      payload: { symbol: 'MNQM5', action, price, ...(action === 'exit' ? {} : { quantity }) },
      isEntry,
      order: `${isEntry ? 'buy' : 'sell'} ${quantity} @ ${price}`,
    });
  }
  return plan;
}

/**
 * Entries with a take-profit and a stop-loss, to either side; more of the same, part of it back, the other way round by
 * one order, and out. Some entries come when the market has jumped beyond what protects the trades before them.
 */
export function planBrackets(random: Random, signals: number): Planned[] {
  return plannedFrom(signals, 'MNQM5', (held) => {
    const direction = Math.sign(held.position);
    if (direction === 0) {
      return entering(held, random.pick([1, -1] as const) * random.between(1, 3));
    }
    const added = direction * random.between(1, 3);
    switch (random.pick(['add', 'reduce', 'reverse', 'turn', 'jump', 'exit'] as const)) {
      case 'add':
        return held.trades < TRADES_MAX ? entering(held, added) : exiting(held);
      case 'reduce':
        return reducing(held);
      case 'reverse':
        return { ...turning(held, -added), action: 'reverse', quantity: Math.abs(added) };
      case 'turn':
        return turning(held, -added);
      case 'jump': {
        const level = held.level + random.pick([JUMP, -JUMP] as const);
        return entering({ position: 0, trades: 0, level }, added);
      }
      case 'exit':
        return exiting(held);
    }
  });
}

/** As {@link planBrackets}, where nothing can be sold short. Where the market is, others decide. */
export function planLongBrackets(random: Random, signals: number, symbol: string): Planned[] {
  return plannedFrom(signals, symbol, (held) => {
    if (held.position === 0) {
      return entering(held, random.between(1, 3));
    }
    const kind = random.pick(['add', 'reduce', 'exit'] as const);
    if (kind === 'add' && held.trades < TRADES_MAX) {
      return entering(held, random.between(1, 3));
    }
    return kind === 'reduce' ? reducing(held) : exiting(held);
  });
}

function plannedFrom(signals: number, symbol: string, next: (held: Held) => Step): Planned[] {
  const plan: Planned[] = [];
  let held: Held = { position: 0, trades: 0, level: LEVEL };
  for (let number = 1; number <= signals; number += 1) {
    const { action, quantity, traded, isEntry, after } = next(held);
    const price = after.level + number * TICK;
    const payload = {
      symbol,
      action,
      price,
      ...(quantity > 0 ? { quantity } : {}),
      ...(isEntry ? BRACKET : {}),
    };
    plan.push({ payload, isEntry, order: `${sideOf(traded)} ${Math.abs(traded)} @ ${price}` });
    held = after;
  }
  return plan;
}

function entering({ position, trades, level }: Held, traded: number): Step {
  return {
    action: sideOf(traded),
    quantity: Math.abs(traded),
    traded,
    isEntry: true,
    after: { position: position + traded, trades: trades + 1, level },
  };
}

/** By one order to a position on the other side. */
function turning({ position, level }: Held, target: number): Step {
  const traded = target - position;
  return {
    action: sideOf(traded),
    quantity: Math.abs(traded),
    traded,
    isEntry: true,
    after: { position: target, trades: 1, level },
  };
}

/** One less; of one that is all. */
function reducing(held: Held): Step {
  const traded = -Math.sign(held.position);
  const position = held.position + traded;
  return {
    action: sideOf(traded),
    quantity: 1,
    traded,
    isEntry: false,
    after: { ...held, position, trades: position === 0 ? 0 : held.trades },
  };
}

function exiting(held: Held): Step {
  const after = { ...held, position: 0, trades: 0 };
  return { action: 'exit', quantity: 0, traded: -held.position, isEntry: false, after };
}

function sideOf(traded: number): 'buy' | 'sell' {
  return traded > 0 ? 'buy' : 'sell';
}
