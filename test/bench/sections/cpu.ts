import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../model/median.ts';
import type { OwnCpu } from '../model/own-cpu.ts';
import { atMost, type Row, rowsBy } from '../rows.ts';

/** What V8 makes of the same code differs from process to process, by a third and more. */
const PROCESSES = 7;
const PROCESS_TIMEOUT_MS = 60_000;
const RATIO_MAX = 5;
const RATIO_KNOWN_MAX = 6;
const MEASURE = fileURLToPath(new URL('../model/own-cpu.ts', import.meta.url));

/**
 * What a signal costs this processor beside what AWS's SDK and AWS itself do, by medians of processes. Clients answer at
 * once what they answered to the first request.
 *
 * The floor is what nobody can do without who takes signed JSON: parse the body and verify its signature, with the key as
 * bytes, which is how a secret is kept. Node takes most of that time to make a key of the bytes; who keeps the key that it
 * made has a lower floor, which is told, too.
 */
export async function cpuRows(): Promise<Row[]> {
  const measured = Array.from({ length: PROCESSES }, measure);
  const of = (figure: (cpu: OwnCpu) => number) => median(measured.map(figure));
  const row = rowsBy('measured');
  const us = { unit: 'µs' };
  return [
    row(
      'cpu-ratio',
      'own CPU of a webhook ÷ JSON.parse and HMAC-SHA256',
      of(({ receiveUs, floorUs }) => receiveUs / floorUs),
      { target: atMost(RATIO_MAX), knownMiss: RATIO_KNOWN_MAX },
    ),
    row(
      'cpu-floor',
      'CPU of JSON.parse and HMAC-SHA256 of the same body',
      of((cpu) => cpu.floorUs),
      us,
    ),
    row(
      'cpu-floor-prepared',
      'the same with a key that is kept',
      of((cpu) => cpu.preparedFloorUs),
      us,
    ),
    row(
      'cpu-webhook',
      'own CPU of a webhook',
      of((cpu) => cpu.receiveUs),
      us,
    ),
    row(
      'cpu-ingest',
      'own CPU of the ingest handler, with its middleware',
      of((cpu) => cpu.ingestUs),
      us,
    ),
    row(
      'cpu-strategy',
      'own CPU of the strategy handler, of one order',
      of((cpu) => cpu.strategyUs),
      us,
    ),
  ];
}

function measure(): OwnCpu {
  const answer = execFileSync(process.execPath, [MEASURE], { encoding: 'utf8', timeout: PROCESS_TIMEOUT_MS });
  return JSON.parse(answer) as OwnCpu;
}
