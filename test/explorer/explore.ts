import type { Alert } from '../../functions/core/alert.ts';
import {
  CLIENT_ORDER_ID_GUARANTEES,
  type ClientOrderIdGuarantee,
} from '../../functions/core/configuration.ts';
import { decimal, isZero } from '../../functions/core/decimal.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import type { AccountState } from '../../functions/ledger/shapes/account.ts';
import { judgeTrades, recordedIn } from '../simulation/judge-trades.ts';
import { openOf } from '../simulation/venue-order.ts';
import { SCENARIOS } from './brackets.ts';
import { Calls, DEATHS, type PlannedDeath } from './calls.ts';
import { Journey } from './journey.ts';
import type { Scenario } from './scenarios.ts';
import { ACCOUNT, createWorld, SYMBOL, type World } from './world.ts';

/** One run: a scenario at a class of venue, and where its processes die. */
export interface Run {
  readonly scenario: Scenario;
  readonly guarantee: ClientOrderIdGuarantee;
  readonly deaths: readonly PlannedDeath[];
}

/** How a run is named, to be run again by `EXPLORE=<name>`. */
export function nameOf({ scenario, guarantee, deaths }: Run): string {
  return [scenario.name, guarantee, ...deaths.map(({ at, death }) => `${at}:${death}`)].join(' | ');
}

/** The run of a name. */
export function runOf(name: string): Run {
  const [scenarioName, guaranteeName, ...deaths] = name.split(' | ');
  const scenario = SCENARIOS.find((each) => each.name === scenarioName);
  const guarantee = CLIENT_ORDER_ID_GUARANTEES.find((each) => each === guaranteeName);
  if (!scenario || !guarantee) {
    throw new Error(`There is no run ${name}.`);
  }
  return {
    scenario,
    guarantee,
    deaths: deaths.map((text) => {
      const [at = '', kind = ''] = text.split(':');
      const death = DEATHS.find((each) => each === kind);
      if (!death) {
        throw new Error(`There is no death ${kind}.`);
      }
      return { at: Number(at), death };
    }),
  };
}

/** What was found out about one journey to its end. */
export interface Explored {
  readonly problems: readonly string[];
  /** The calls from where the journey began. */
  readonly trace: readonly string[];
  readonly isUnknown: boolean;
  /** How it goes on after the deaths that were wanted, in the order of the calls. */
  readonly left: readonly Left[];
}

/** A journey as deaths leave it, all of these the same. */
export interface Left {
  readonly deaths: readonly [PlannedDeath, ...PlannedDeath[]];
  readonly journey: Journey;
}

/** A scenario at a class of venue, everything before its signal done. */
export async function begin({ scenario, guarantee }: Run): Promise<Journey> {
  const world = await createWorld(guarantee, scenario.venue);
  for (const signal of scenario.before) {
    await new Journey(world, signal).toTheEnd(new Calls(() => undefined));
    world.clock.advance(60_000);
  }
  if (scenario.priceBefore !== undefined) {
    world.venue.movePrice(SYMBOL, scenario.priceBefore);
  }
  world.alerts.length = 0;
  return new Journey(world, scenario.signal, scenario.priceMeanwhile);
}

/**
 * Takes a journey to its end and looks at everything that must hold afterwards.
 *
 * @param wants which deaths on the way are to be explored from there
 */
export async function explore(
  journey: Journey,
  run: Run,
  wants: (death: PlannedDeath) => boolean = () => false,
): Promise<Explored> {
  const left = new Map<string, { deaths: [PlannedDeath, ...PlannedDeath[]]; journey: Journey }>();
  const calls = new Calls((death) => {
    if (wants(death)) {
      const fingerprint = journey.fingerprint();
      const same = left.get(fingerprint);
      if (same) {
        same.deaths.push(death);
      } else {
        left.set(fingerprint, { deaths: [death], journey: journey.afterDeath() });
      }
    }
  });
  await journey.toTheEnd(calls);
  return { ...(await judge(journey.world, run)), trace: calls.trace, left: [...left.values()] };
}

/** Runs all of a run, from its beginning, by what its deaths leave. */
export async function replay(run: Run): Promise<Explored> {
  let journey = await begin(run);
  const trace: string[] = [];
  for (const { at, death } of run.deaths) {
    const explored = await explore(journey, run, (moment) => moment.at === at && moment.death === death);
    const [left] = explored.left;
    if (!left) {
      throw new Error(`There is no call ${at}.`);
    }
    trace.push(...explored.trace.slice(0, at), `† ${death}`);
    journey = left.journey;
  }
  const explored = await explore(journey, run);
  return { ...explored, trace: [...trace, ...explored.trace] };
}

/** Whether a protective order, or one that closes its trade, may be at a venue that cannot tell, and people know. */
function isLeftToPeople({ openOrders }: AccountState, alerts: readonly Alert[]): boolean {
  return Object.values(openOrders).some(
    ({ executionId, order, watchUntilMs }) =>
      order.status === 'UNKNOWN' &&
      watchUntilMs === undefined &&
      alerts.some(({ type, subject }) => type === 'PROTECTION_UNKNOWN' && subject === executionId),
  );
}

const FINAL = ['COMPLETED', 'SKIPPED', 'REJECTED', 'ROLLED_BACK', 'HALTED'];

/** What must hold when everything has come to rest. */
async function judge(
  world: World,
  { scenario, guarantee }: Run,
): Promise<{ problems: string[]; isUnknown: boolean }> {
  const problems: string[] = world.table.refused.map(({ message }) => message);
  const claim = (holds: boolean, what: string) => (holds ? undefined : problems.push(what));
  const orders = world.venue.orders(ACCOUNT);
  const ids = orders.map(({ clientOrderId }) => clientOrderId);
  claim(new Set(ids).size === ids.length, `${ids.length} orders for ${new Set(ids).size} intents`);

  const executions = world.table
    .items(world.table.ledger.tableName)
    .filter(({ sk }) => String(sk).startsWith('EXECUTION#'));
  claim(
    executions.length === scenario.before.length + 1,
    `${executions.length} executions for ${scenario.before.length + 1} signals`,
  );
  const status = String(executions.at(-1)?.status);
  const account = await readAccount(world.table.ledger, ACCOUNT);
  const leaseEndsMs = account?.lease?.expiresAtMs ?? 0;
  claim(leaseEndsMs < world.clock.now(), 'a lease is left');
  const isUnknown = status === 'UNKNOWN';
  if (isUnknown) {
    const subject = String(executions.at(-1)?.executionId);
    const isTold = world.alerts.some((alert) => alert.type === 'ORDER_UNKNOWN' && alert.subject === subject);
    claim(isTold, 'an unknown order that nobody is told of');
    claim(guarantee !== 'PERMANENT', 'an order is unknown that the venue could tell');
    return { problems, isUnknown };
  }
  claim(FINAL.includes(status), `the execution is ${status}`);
  claim(account?.activeExecution === undefined, 'a journal is left open');
  const ours = account?.positions[SYMBOL]?.quantity ?? decimal(0);
  const theirs = world.venue.positions(ACCOUNT)[SYMBOL] ?? decimal(0);
  claim(ours === theirs, `the position is ${ours}, at the venue ${theirs}`);
  if (account) {
    const { alerts, table } = world;
    judgeTrades({ ...recordedIn(table, ACCOUNT), account, orders, alerts, onlyReduces: true }, claim);
  }
  if (status === 'HALTED' && scenario.status === 'ROLLED_BACK' && guarantee !== 'PERMANENT') {
    // Whether the order that undoes the entry was sent, such a venue cannot tell: a person has to look.
    const isTold = world.alerts.some(({ type }) => type === 'COMPENSATION_FAILED');
    claim(account?.halt !== undefined && isTold, 'an account that is not halted, or nobody is told');
    return { problems, isUnknown };
  }
  if (guarantee !== 'PERMANENT' && account && isLeftToPeople(account, world.alerts)) {
    return { problems, isUnknown };
  }
  claim(status === scenario.status, `${status} instead of ${scenario.status}`);
  claim(ours === scenario.position, `the position is ${ours} instead of ${scenario.position}`);
  const wanted = scenario.isProtected && !isZero(theirs) ? theirs.replace('-', '') : '';
  const working = orders.filter(({ reduceOnly, status: state }) => reduceOnly && state === 'NEW');
  const covered = (kind: string) =>
    working
      .filter(({ type }) => type === kind)
      .map(openOf)
      .join(' and ');
  const stops = covered('stop');
  claim(stops === wanted, `stop orders of ${stops || 'nothing'} for a position of ${theirs}`);
  const profits = covered('limit');
  const wantedProfits = scenario.hasTakeProfit ? wanted : '';
  claim(profits === wantedProfits, `take-profits of ${profits || 'nothing'} for a position of ${theirs}`);
  return { problems, isUnknown };
}
