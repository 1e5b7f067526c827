import type { Ledger } from '../../../functions/ledger/table.ts';
import { modelLedger } from '../../simulation/model-table.ts';
import { Meter } from '../model/meter.ts';
import { eachInMockedTime, passed } from '../model/mocked-time.ts';
import { type CircuitPeer, COOL_DOWN_SECONDS } from '../peers/circuits/circuit-peer.ts';
import { onefillCircuit } from '../peers/circuits/onefill-circuit.ts';
import { sharedOpossum } from '../peers/circuits/shared-opossum.ts';
import { atLeast, atMost, type Row, rowsBy } from '../rows.ts';
import { unitsOf } from './counts.ts';

const PEERS = [onefillCircuit, sharedOpossum] as const;
const ENVIRONMENTS = 20;
const FAILURES = 1_000;
const OPENS_AFTER = 5;
const NEVER = 1e9;

const healthy = async () => {};
const failing = async () => {
  throw new Error('The venue is down.');
};

/** How well a circuit does that many environments share: Onefill's, and what a user would take instead. */
export const circuitRows = (): Promise<Row[]> => eachInMockedTime(PEERS, rowsOf);

async function rowsOf(peer: CircuitPeer): Promise<Row[]> {
  const id = peer.name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  const row = (of: string, what: string, figure: number, target?: Row['target']) =>
    rowsBy('counted')(`circuit-${of}-${id}`, `${peer.name}: ${what}`, figure, {
      ...(peer === onefillCircuit && target ? { target } : {}),
    });
  const { readUnits, writeUnits } = await healthyCall(peer);
  const outage = await venueDown(peer);
  const among = `of ${ENVIRONMENTS} environments`;
  return [
    row('read-units', 'read units of a healthy call', readUnits),
    row('write-units', 'write units of a healthy call', writeUnits, atMost(0)),
    row('counted', `${FAILURES} failures ${among}, counted`, await countedFailures(peer), atLeast(FAILURES)),
    row(
      'outage',
      `calls ${among} to a dead venue, to open after ${OPENS_AFTER}`,
      outage.calls,
      atMost(ENVIRONMENTS),
    ),
    row('probes', `probes ${among} after the cool-down, one is meant`, outage.probes, atMost(1)),
  ];
}

async function healthyCall(peer: CircuitPeer) {
  const { ledger } = modelLedger();
  const meter = new Meter();
  const environment = peer.environment({ ...ledger, client: meter.around(ledger.client) }, OPENS_AFTER);
  await environment(healthy);
  meter.entries.length = 0;
  await environment(healthy);
  return {
    readUnits: unitsOf(meter.entries, 'readUnits'),
    writeUnits: unitsOf(meter.entries, 'writeUnits'),
  };
}

const environmentsOf = (peer: CircuitPeer, ledger: Ledger, opensAfter: number) =>
  Array.from({ length: ENVIRONMENTS }, () => peer.environment(ledger, opensAfter));

async function countedFailures(peer: CircuitPeer): Promise<number> {
  const { ledger } = modelLedger();
  const environments = environmentsOf(peer, ledger, NEVER);
  for (let round = 0; round < FAILURES / ENVIRONMENTS; round += 1) {
    await Promise.all(environments.map((environment) => environment(failing)));
  }
  return peer.countedFailures(ledger);
}

/** Every environment calls again and again until none of them is let, and once more after the cool-down. */
async function venueDown(peer: CircuitPeer): Promise<{ readonly calls: number; readonly probes: number }> {
  const { ledger } = modelLedger();
  const environments = environmentsOf(peer, ledger, OPENS_AFTER);
  const callAll = async () => {
    const admitted = await Promise.all(environments.map((environment) => environment(failing)));
    return admitted.filter(Boolean).length;
  };
  let calls = 0;
  for (let called = await callAll(); called > 0; called = await callAll()) {
    calls += called;
  }
  await passed(COOL_DOWN_SECONDS * 1_000 + 1);
  return { calls, probes: await callAll() };
}
