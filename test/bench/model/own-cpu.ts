import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { median } from './median.ts';
import { recordOwnWork } from './own-work.ts';
import type { SignedRequest } from './signed-request.ts';

/** Microseconds of CPU time, each the median of rounds that take turns. */
export interface OwnCpu {
  readonly floorUs: number;
  readonly preparedFloorUs: number;
  readonly receiveUs: number;
  readonly ingestUs: number;
  readonly strategyUs: number;
}

const ROUNDS = 15;
/** Of each kind in a round: enough that a round lasts for many ticks of the clock that counts CPU time. */
const REPETITIONS = 400;
const FLOOR_REPETITIONS = 5_000;
const WARM_UP_ROUNDS = 5;

/** Measures in this process, all its threads included. */
async function measureOwnCpu(): Promise<OwnCpu> {
  const { request, receive, ingest, strategy } = await recordOwnWork();
  const prepared = createSecretKey(request.key);
  const works = {
    floorUs: { work: async () => verifyAndParse(request, request.key), repetitions: FLOOR_REPETITIONS },
    preparedFloorUs: { work: async () => verifyAndParse(request, prepared), repetitions: FLOOR_REPETITIONS },
    receiveUs: { work: receive, repetitions: REPETITIONS },
    ingestUs: { work: ingest, repetitions: REPETITIONS },
    strategyUs: { work: strategy, repetitions: REPETITIONS },
  } satisfies Record<keyof OwnCpu, object>;
  const costsUs: Record<keyof OwnCpu, number[]> = {
    floorUs: [],
    preparedFloorUs: [],
    receiveUs: [],
    ingestUs: [],
    strategyUs: [],
  };
  const names = Object.keys(works) as (keyof OwnCpu)[];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const name of names) {
      const { work, repetitions } = works[name];
      const costUs = await costOf(work, repetitions);
      if (round >= 0) {
        costsUs[name].push(costUs);
      }
    }
  }
  return {
    floorUs: median(costsUs.floorUs),
    preparedFloorUs: median(costsUs.preparedFloorUs),
    receiveUs: median(costsUs.receiveUs),
    ingestUs: median(costsUs.ingestUs),
    strategyUs: median(costsUs.strategyUs),
  };
}

/** Microseconds of CPU time that one repetition takes. */
async function costOf(work: () => Promise<unknown>, repetitions: number): Promise<number> {
  const before = process.cpuUsage();
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    await work();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / repetitions;
}

function verifyAndParse({ id, timestamp, body, signature }: SignedRequest, key: Buffer | KeyObject): unknown {
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  if (!timingSafeEqual(expected, Buffer.from(signature, 'base64'))) {
    throw new Error('The signature is wrong.');
  }
  return JSON.parse(body);
}

process.stdout.write(JSON.stringify(await measureOwnCpu()));
