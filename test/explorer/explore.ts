import {
  CLIENT_ORDER_ID_GUARANTEES,
  type ClientOrderIdGuarantee,
} from '../../functions/core/configuration.ts';
import { type Decimal, decimal, isZero } from '../../functions/core/decimal.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import { type Calls, DEATHS, type PlannedDeath } from './process.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { ACCOUNT, createWorld, sendThrough, type World } from './world.ts';

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

/** What was found out about one run. */
export interface Explored {
  readonly problems: readonly string[];
  readonly trace: readonly string[];
  /** Calls since the last death: where the next one can be. */
  readonly callsAfter: number;
  readonly isUnknown: boolean;
  /** Deaths that were planned and never happened. */
  readonly isMissed: boolean;
}

/** Runs a scenario to its end and looks at everything that must hold afterwards. */
export async function explore(run: Run): Promise<Explored> {
  const { scenario, guarantee, deaths } = run;
  const systemNow = Date.now;
  const world = await createWorld(guarantee, scenario.venue);
  Date.now = world.clock.now;
  try {
    for (const signal of scenario.before) {
      await sendThrough(world, signal, []);
      world.clock.advance(60_000);
    }
    world.alerts.length = 0;
    const calls: Calls = await sendThrough(world, scenario.signal, deaths);
    const { problems, isUnknown } = await judge(world, run);
    return {
      problems,
      isUnknown,
      trace: calls.trace,
      callsAfter: calls.count,
      isMissed: calls.areDeathsLeft,
    };
  } finally {
    Date.now = systemNow;
  }
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
  const ours = account?.positions.MNQM5?.quantity ?? decimal(0);
  const theirs = world.venue.positions(ACCOUNT).MNQM5 ?? decimal(0);
  claim(ours === theirs, `the position is ${ours}, at the venue ${theirs}`);
  if (status === 'HALTED' && scenario.status === 'ROLLED_BACK' && guarantee !== 'PERMANENT') {
    // Whether the order that undoes the entry was sent, such a venue cannot tell: a person has to look.
    const isTold = world.alerts.some(({ type }) => type === 'COMPENSATION_FAILED');
    claim(account?.halt !== undefined && isTold, 'an account that is not halted, or nobody is told');
    return { problems, isUnknown };
  }
  claim(status === scenario.status, `${status} instead of ${scenario.status}`);
  claim(ours === scenario.position, `the position is ${ours} instead of ${scenario.position}`);
  const stops = orders.filter(({ type, status: state }) => type === 'stop' && state === 'NEW');
  const covered = stops.map(({ quantity }) => quantity).join(' and ');
  const wanted = scenario.isProtected && !isZero(theirs) ? theirs.replace('-', '') : '';
  claim(covered === wanted, `stop orders of ${covered || 'nothing'} for a position of ${theirs as Decimal}`);
  return { problems, isUnknown };
}
