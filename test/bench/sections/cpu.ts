import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { median } from '../model/median.ts';
import { recordOwnWork } from '../model/own-work.ts';
import type { SignedRequest } from '../model/signed-request.ts';
import { atMost, type Row, rowsBy } from '../rows.ts';

const ROUNDS = 25;
/** Of each kind in a round: enough that a round lasts for many ticks of the clock that counts CPU time. */
const REPETITIONS = 400;
const FLOOR_REPETITIONS = 5_000;
const WARM_UP_ROUNDS = 5;
const RATIO_MAX = 5;

/**
 * What a signal costs this processor beside what AWS's SDK and AWS itself do: CPU time of the process, all its threads
 * included, by medians of rounds that take turns. Clients answer at once what they answered to the first request.
 *
 * The floor is what nobody can do without who takes signed JSON: parse the body and verify its signature, with the key as
 * bytes, which is how a secret is kept. Node takes most of that time to make a key of the bytes; who keeps the key that it
 * made has a lower floor, which is told, too.
 */
export async function cpuRows(): Promise<Row[]> {
  const { request, receive, ingest, strategy } = await recordOwnWork();
  const prepared = createSecretKey(request.key);
  const floor = async () => verifyAndParse(request, request.key);
  const preparedFloor = async () => verifyAndParse(request, prepared);
  const works = [
    { work: floor, repetitions: FLOOR_REPETITIONS, costsUs: [] as number[] },
    { work: receive, repetitions: REPETITIONS, costsUs: [] as number[] },
    { work: ingest, repetitions: REPETITIONS, costsUs: [] as number[] },
    { work: strategy, repetitions: REPETITIONS, costsUs: [] as number[] },
    { work: preparedFloor, repetitions: FLOOR_REPETITIONS, costsUs: [] as number[] },
  ];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    for (const { work, repetitions, costsUs } of works) {
      const costUs = await costOf(work, repetitions);
      if (round >= 0) {
        costsUs.push(costUs);
      }
    }
  }
  const [floorUs = 0, receiveUs = 0, ingestUs = 0, strategyUs = 0, preparedUs = 0] = works.map(
    ({ costsUs }) => median(costsUs),
  );
  const measured = rowsBy('measured');
  return [
    {
      id: 'cpu-ratio',
      what: 'own CPU of a webhook ÷ JSON.parse and HMAC-SHA256',
      source: 'measured',
      figure: receiveUs / floorUs,
      target: atMost(RATIO_MAX),
    },
    measured('cpu-floor', 'CPU of JSON.parse and HMAC-SHA256 of the same body', floorUs, { unit: 'µs' }),
    measured('cpu-floor-prepared', 'the same with a key that is kept', preparedUs, { unit: 'µs' }),
    measured('cpu-webhook', 'own CPU of a webhook', receiveUs, { unit: 'µs' }),
    measured('cpu-ingest', 'own CPU of the ingest handler, with its middleware', ingestUs, { unit: 'µs' }),
    measured('cpu-strategy', 'own CPU of the strategy handler, of one order', strategyUs, { unit: 'µs' }),
  ];
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
