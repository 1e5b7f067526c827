import {
  CLEANUP_STEPS,
  CLIENT_ORDER_ID_GUARANTEES,
  type CleanupStep,
  type ClientOrderIdGuarantee,
  OCO_KINDS,
  type OcoKind,
} from '../../../functions/core/configuration.ts';
import { type Decimal, decimal } from '../../../functions/core/decimal.ts';
import { type Random, seededRandom } from '../random.ts';

/** One thing that a provider sends, and when; milliseconds since the beginning. */
export interface Sending {
  readonly atMs: number;
  readonly payload: Readonly<Record<string, unknown>> & { readonly id: string };
}

/** A strategy of the world, and the accounts it trades. */
export interface ScenarioStrategy {
  readonly id: string;
  readonly accountIds: readonly [string, ...string[]];
  readonly allowShort: boolean;
  readonly cleanup: readonly CleanupStep[];
  /** Whether its circuit opens as soon as it would by default, or never. */
  readonly hasCircuit: boolean;
}

/** How badly things go. Probabilities are per call. */
export interface Weather {
  /** That a call of a process meets a fault. */
  readonly processFault: number;
  /** That a call to the venue goes wrong there. */
  readonly venueFault: number;
  /** That a call or its answer takes far longer than usual. */
  readonly spike: number;
  /** How many faults of processes there are at most. */
  readonly processFaultsMax: number;
}

/** A small world and everything that is going to happen in it: all of it decided by the seed. */
export interface Scenario {
  readonly seed: number;
  readonly guarantee: ClientOrderIdGuarantee;
  readonly oco: OcoKind;
  readonly enforcesReduceOnly: boolean;
  readonly accountIds: readonly string[];
  readonly strategies: readonly ScenarioStrategy[];
  readonly sendings: readonly Sending[];
  /** How many strategy environments there are at once. */
  readonly workers: number;
  /** When one of them is killed: which one, and milliseconds since the beginning. */
  readonly kills: readonly { readonly atMs: number; readonly worker: number }[];
  /** When a message that is being worked on is delivered once more. */
  readonly redeliveriesAtMs: readonly number[];
  /** When the reconciler runs beside its schedule. */
  readonly reconciliationsAtMs: readonly number[];
  /** What operators do meanwhile. */
  readonly interventions: readonly {
    readonly atMs: number;
    readonly accountId: string;
    readonly act: 'unlock' | 'halt' | 'halt-entries' | 'resume';
  }[];
  readonly priceMoves: readonly { readonly atMs: number; readonly symbol: string; readonly price: Decimal }[];
  readonly weather: Weather;
  /** From then on nothing goes wrong any more. */
  readonly calmAtMs: number;
}

const SYMBOLS = ['MNQM5', 'ESM5'] as const;
const CALM_AT_MS = 40_000;
const LAST_SIGNAL_AT_MS = 25_000;
/** Some prices move when no signal is there any more, and only the reconciler sees what filled. */
const LATER = 5;
const ACTIONS = [
  'buy',
  'buy',
  'buy',
  'sell',
  'sell',
  'long',
  'short',
  'add',
  'exit',
  'exit',
  'flatten',
  'reverse',
  'target',
  'cancel',
] as const;

/** The world of a seed. */
export function scenarioOf(seed: number): Scenario {
  const random = seededRandom(seed);
  const accountIds = ['one', 'two'];
  const moments = (most: number) =>
    Array.from({ length: random.between(0, most) }, () => random.between(500, CALM_AT_MS));
  const workers = random.between(2, 3);
  return {
    seed,
    guarantee: random.pick(CLIENT_ORDER_ID_GUARANTEES),
    oco: random.pick(OCO_KINDS),
    enforcesReduceOnly: random.chance(0.7),
    accountIds,
    strategies: Array.from({ length: random.between(1, 2) }, (_, index) => strategyOf(random, index)),
    sendings: sendingsOf(random),
    workers,
    kills: moments(4).map((atMs) => ({ atMs, worker: random.between(0, workers - 1) })),
    redeliveriesAtMs: moments(2),
    reconciliationsAtMs: moments(2),
    interventions: moments(random.pick([0, 0, 3])).map((atMs) => ({
      atMs,
      accountId: random.pick(['one', 'two']),
      act: random.pick(['unlock', 'unlock', 'halt', 'halt-entries', 'resume', 'resume']),
    })),
    priceMoves: [...moments(6), ...moments(3).map((atMs) => atMs * LATER)].map((atMs) => ({
      atMs,
      symbol: random.pick([SYMBOLS[0], SYMBOLS[0], SYMBOLS[1]]),
      price: decimal(random.between(90, 110)),
    })),
    weather: weatherOf(random),
    calmAtMs: CALM_AT_MS,
  };
}

function strategyOf(random: Random, index: number): ScenarioStrategy {
  return {
    id: `strategy-${index + 1}`,
    accountIds: random.pick([['one', 'two'], ['one'], ['two', 'one']]),
    allowShort: random.chance(0.5),
    cleanup: CLEANUP_STEPS.filter(() => random.chance(0.15)),
    hasCircuit: random.chance(0.3),
  };
}

/** From days on which nothing goes wrong to such on which hardly anything works. */
function weatherOf(random: Random): Weather {
  const of = (most: number) => most * random.pick([0, 0.1, 0.3, 1]);
  return {
    processFault: of(0.06),
    venueFault: of(0.4),
    spike: of(0.06),
    processFaultsMax: random.between(1, 10),
  };
}

function sendingsOf(random: Random): Sending[] {
  const sendings: Sending[] = [];
  for (let count = random.between(3, 8); count > 0; count -= 1) {
    const sending = {
      atMs: random.between(0, LAST_SIGNAL_AT_MS),
      payload: payloadOf(random, `signal-${count}`),
    };
    sendings.push(sending);
    while (random.chance(0.2)) {
      sendings.push({ ...sending, atMs: sending.atMs + random.between(0, 3_000) });
    }
  }
  return sendings.sort((left, right) => left.atMs - right.atMs);
}

function payloadOf(random: Random, id: string): Sending['payload'] {
  const action = random.pick(ACTIONS);
  const symbol = random.pick([SYMBOLS[0], SYMBOLS[0], SYMBOLS[0], SYMBOLS[1]]);
  const payload = { id, action, symbol, price: 100 };
  switch (action) {
    case 'buy':
    case 'sell':
    case 'long':
    case 'short':
    case 'add':
    case 'reverse':
      return {
        ...payload,
        quantity: random.between(1, 4),
        ...(random.chance(0.25) ? pricingOf(random) : {}),
        ...(random.chance(0.4)
          ? { stopLoss: random.pick<object>([{ percent: 5 }, { amount: 4 }, { trailAmount: 3 }]) }
          : {}),
        ...(random.chance(0.4) ? { takeProfit: random.pick([{ percent: 5 }, { amount: 4 }]) } : {}),
      };
    case 'target':
      return { ...payload, targetQuantity: random.between(-2, 4) };
    case 'exit':
      return random.chance(0.3) ? { ...payload, quantity: random.between(1, 2) } : payload;
    default:
      return payload;
  }
}

/** An order that waits for its price, or is there for a moment only. */
function pricingOf(random: Random) {
  const price = random.between(97, 103);
  const timeInForce = random.pick(['day', 'gtc', 'gtc', 'ioc', 'fok']);
  return random.pick([
    { orderType: 'limit', limitPrice: price, timeInForce },
    { orderType: 'limit', limitPrice: price, timeInForce },
    { orderType: 'stop', stopPrice: price, timeInForce },
    { orderType: 'stop_limit', stopPrice: price, limitPrice: price, timeInForce },
  ]);
}
