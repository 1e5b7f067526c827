import type { AccountId } from '../../../functions/core/ids.ts';
import { forceUnlock, haltAccount, resumeAccount } from '../../../functions/ledger/account-controls.ts';
import type { SimulatedProcess } from '../faults.ts';
import { type ModelLedger, modelLedger } from '../model-table.ts';
import { seededRandom } from '../random.ts';
import { type Posted, simulatedWorld, type World } from '../world.ts';
import { configure, WEBHOOK } from './configure.ts';
import { type QuietMoment, quietMoment } from './quiet.ts';
import { type Scenario, type Sending, scenarioOf } from './scenario.ts';
import { type WeatherReport, weatherReport } from './weather.ts';

/** What a provider was answered in the end; nothing when it gave up. */
export interface Answered {
  readonly sending: Sending;
  readonly posted: Posted | undefined;
}

/** A world in which everything has come to rest. */
export interface Played {
  readonly scenario: Scenario;
  readonly world: World;
  readonly answers: readonly Answered[];
  /** What was seen while nobody was at work, from when it was calm. */
  readonly quiet: readonly QuietMoment[];
}

/** As TradingView: the same again after 5 s, at most 4 times, unless the answer says that it would not help. */
const SENDS_MAX = 4;
const RESEND_MS = 5_000;

/** How often an idle worker asks for work: while things happen, and once it is calm and nothing is left to do. */
const IDLE_MS = 100;
const CALM_IDLE_MS = 5_000;
const COLD_START_MS = 300;
const LAMBDA_MS = 5;
const SCHEDULE_MS = 60_000;
/** Longer than any order is watched for, and any execution may wait: then what was overtaken is expired, too. */
const AFTERMATH_MS = 420_000;
const QUIET_RUNS = 2;
/** Longer than anything that a venue was sent is on its way. */
const LATE_MS = 20_000;
const REST_MAX_MS = 1_800_000;

/**
 * Plays the world of a seed until nothing is left to do.
 *
 * @param store where it is played; empty
 */
export async function play(seed: number, store: ModelLedger = modelLedger()): Promise<Played> {
  const scenario = scenarioOf(seed);
  const { world, weather } = worldOf(scenario, store);
  const ended = await world.time.run(async () => {
    await configure(world, scenario);
    return new Play(scenario, world, weather).toTheEnd();
  });
  return { scenario, world, ...ended };
}

function worldOf(scenario: Scenario, store: ModelLedger): { world: World; weather: WeatherReport } {
  let sinceStartMs = () => 0;
  const weather = weatherReport(scenario, seededRandom(scenario.seed + 1), () => sinceStartMs());
  const world = simulatedWorld({
    seed: scenario.seed,
    store,
    venue: {
      guarantee: scenario.guarantee,
      oco: scenario.oco,
      enforcesReduceOnly: scenario.enforcesReduceOnly,
      script: weather.script,
    },
  });
  const startMs = world.time.now();
  sinceStartMs = () => world.time.now() - startMs;
  return { world, weather };
}

/** An execution environment: one event at a time, until it dies. */
interface Environment<Handler> {
  readonly process: SimulatedProcess;
  readonly handle: Handler;
  isBusy: boolean;
}

type Ingest = Environment<ReturnType<World['ingest']>>;

class Play {
  private readonly scenario: Scenario;
  private readonly world: World;
  private readonly weather: WeatherReport;
  private readonly startMs: number;
  private readonly ingests: Ingest[] = [];
  private readonly workers: (SimulatedProcess | undefined)[] = [];
  private started = 0;
  private isOver = false;

  constructor(scenario: Scenario, world: World, weather: WeatherReport) {
    this.scenario = scenario;
    this.world = world;
    this.weather = weather;
    this.startMs = world.time.now();
  }

  async toTheEnd(): Promise<Pick<Played, 'answers' | 'quiet'>> {
    const { scenario, world } = this;
    const working = Array.from({ length: scenario.workers }, (_, slot) => this.work(slot));
    const mishaps = [
      ...scenario.kills.map(({ atMs, worker }) => ({ atMs, act: () => this.kill(worker) })),
      ...scenario.redeliveriesAtMs.map((atMs) => ({ atMs, act: () => this.redeliver() })),
      ...scenario.reconciliationsAtMs.map((atMs) => ({ atMs, act: () => void this.reconcile() })),
      ...scenario.interventions.map(({ atMs, accountId, act }) => ({
        atMs,
        act: () => void this.intervene(accountId as AccountId, act),
      })),
      ...scenario.priceMoves.map(({ atMs, symbol, price }) => ({
        atMs,
        act: () => {
          world.trace.note(world.time.now(), `the price of ${symbol} is ${price}`);
          world.venue.movePrice(symbol, price);
          this.movedAtMs = world.time.now();
        },
      })),
    ];
    for (const { atMs, act } of mishaps) {
      world.time.after(atMs, act);
    }
    const schedule = this.reconcileRegularly();
    const answers = await Promise.all(scenario.sendings.map((sending) => this.send(sending)));
    await this.rest();
    this.isOver = true;
    await Promise.all([...working, schedule]);
    return { answers, quiet: this.quiet };
  }

  private sinceStartMs(): number {
    return this.world.time.now() - this.startMs;
  }

  /** A new process. Clocks of two of them differ by 250 ms at most. */
  private process(role: string): SimulatedProcess {
    this.started += 1;
    const { meets, latency } = this.weather;
    const skewMs = this.world.random.between(-125, 125);
    return this.world.process({ name: `${role}-${this.started}`, meets, latency, skewMs });
  }

  private async send(sending: Sending): Promise<Answered> {
    const { time, trace } = this.world;
    await time.wait(sending.atMs);
    for (let sends = 0; sends < SENDS_MAX; sends += 1) {
      trace.note(time.now(), `sends ${JSON.stringify(sending.payload)}`);
      const environment = this.idleIngest();
      environment.isBusy = true;
      const ended = await environment.process.run(() => environment.handle(WEBHOOK, sending.payload));
      environment.isBusy = false;
      const posted = ended.kind === 'finished' ? ended.result : undefined;
      trace.note(time.now(), `is answered ${posted?.status ?? ended.kind}`);
      if (posted && posted.status < 500) {
        return { sending, posted };
      }
      await time.wait(RESEND_MS);
    }
    return { sending, posted: undefined };
  }

  private idleIngest(): Ingest {
    const idle = this.ingests.find(({ isBusy, process }) => !isBusy && !process.isDead());
    if (idle) {
      return idle;
    }
    const process = this.process('ingest');
    const environment = { process, handle: this.world.ingest(process), isBusy: false };
    this.ingests.push(environment);
    return environment;
  }

  /** One strategy environment after the other, as Lambda runs them in one place of its concurrency. */
  private async work(slot: number): Promise<void> {
    const { time, queue, random } = this.world;
    let handle: ReturnType<World['strategy']> | undefined;
    while (!this.isOver) {
      const delivery = queue.deliver(random.between(1, 10));
      if (!delivery) {
        const isQuiet = this.sinceStartMs() > this.scenario.calmAtMs && queue.messages().length === 0;
        await time.wait(isQuiet ? CALM_IDLE_MS : IDLE_MS);
        continue;
      }
      const process = this.workers[slot] ?? this.process('strategy');
      handle = this.workers[slot] && handle ? handle : this.world.strategy(process);
      this.workers[slot] = process;
      const handled = handle;
      const ended = await process.run(() => handled(delivery.event));
      if (ended.kind === 'died') {
        this.workers[slot] = undefined;
        await time.wait(COLD_START_MS);
        continue;
      }
      await time.wait(LAMBDA_MS);
      if (ended.kind === 'finished') {
        delivery.answer(ended.result);
      }
    }
  }

  private kill(slot: number): void {
    const { trace, time } = this.world;
    trace.note(time.now(), `kills ${this.workers[slot]?.name ?? 'nobody'}`);
    this.workers[slot]?.kill();
  }

  private async intervene(
    accountId: AccountId,
    act: Scenario['interventions'][number]['act'],
  ): Promise<void> {
    const { trace, time, store } = this.world;
    trace.note(time.now(), `an operator: ${act} of account ${accountId}`);
    switch (act) {
      case 'unlock':
        await forceUnlock(store.ledger, accountId);
        return;
      case 'resume':
        await resumeAccount(store.ledger, accountId);
        return;
      default: {
        const scope = act === 'halt' ? 'all' : 'entries';
        const halt = { scope, reason: 'for a test', haltedBy: 'operator', haltedAtMs: time.now() } as const;
        await haltAccount(store.ledger, accountId, halt);
      }
    }
  }

  /** The oldest message that somebody is working on comes to somebody else, too. */
  private redeliver(): void {
    const { time, trace, queue } = this.world;
    const message = queue.messages().find(({ hiddenUntilMs }) => hiddenUntilMs > time.now());
    trace.note(time.now(), `delivers ${message?.messageId ?? 'nothing'} again`);
    if (message) {
      queue.redeliver(message.messageId);
    }
  }

  /** @returns whether the run had nothing to do */
  private async reconcile(): Promise<boolean> {
    const process = this.process('reconcile');
    const ended = await process.run(this.world.reconcile(process));
    return (
      ended.kind === 'finished' &&
      ended.result.accounts.changedOrders === 0 &&
      ended.result.receipts.queued === 0 &&
      ended.result.accounts.contended === 0
    );
  }

  private idleRuns = 0;
  private movedAtMs = 0;
  private readonly quiet: QuietMoment[] = [];

  private async reconcileRegularly(): Promise<void> {
    while (!this.isOver) {
      await this.world.time.wait(SCHEDULE_MS);
      if (!this.isOver) {
        const startedAtMs = this.world.time.now();
        const isIdle = await this.reconcile();
        this.idleRuns = isIdle ? this.idleRuns + 1 : 0;
        if (isIdle && this.isQuiet(startedAtMs)) {
          this.quiet.push(await quietMoment(this.world, this.scenario));
        }
      }
    }
  }

  /** Whether nobody has anything to do, and has not had since then. */
  private isQuiet(sinceMs: number): boolean {
    return (
      this.sinceStartMs() > this.scenario.calmAtMs + LATE_MS &&
      this.world.queue.messages().length === 0 &&
      this.movedAtMs < sinceMs
    );
  }

  /** Until it is calm, the queue is empty, and the reconciler has found nothing to do for a while. */
  private async rest(): Promise<void> {
    const { time, queue } = this.world;
    const isRestless = () =>
      this.sinceStartMs() < this.scenario.calmAtMs + AFTERMATH_MS ||
      queue.messages().length > 0 ||
      this.idleRuns < QUIET_RUNS;
    while (isRestless()) {
      if (this.sinceStartMs() > REST_MAX_MS) {
        throw new Error('It does not come to rest.');
      }
      await time.wait(SCHEDULE_MS / 4);
    }
  }
}
