import { Session as InspectorSession } from 'node:inspector/promises';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod/mini';

/** Where Node's inspector listens in a process that SIGUSR1 asked for it: one process at a time. */
const INSPECTOR_URL = 'http://127.0.0.1:9229/json/list';
/** Run in the process; the answer to it has to leave first. */
const STOP_LISTENING = "void setImmediate(() => process.getBuiltinModule('node:inspector').close())";
const BYTES_PER_MB = 1_048_576;
const LOOK_EVERY_MS = 20;
const LOOKS_MAX = 250;

const targetsShape = z.array(z.object({ webSocketDebuggerUrl: z.string() }));
const replyShape = z.object({ id: z.optional(z.number()), result: z.optional(z.unknown()) });
const usageShape = z.object({ usedSize: z.number(), backingStorageSize: z.number() });

/**
 * What the processes of each kind hold after a whole garbage collection, in MB, on average. What a process has of the
 * machine says little of leaks: V8 collects when it has to, not when it could.
 *
 * @param pids processes of Node 24 by kind, this one among them if need be
 */
export async function liveMemoryMb(
  pids: Readonly<Record<string, readonly number[]>>,
): Promise<Readonly<Record<string, number>>> {
  const live: Record<string, number> = {};
  for (const [kind, ofKind] of Object.entries(pids)) {
    const held: number[] = [];
    for (const pid of ofKind) {
      held.push(...(await collected(pid)));
    }
    if (held.length > 0) {
      live[kind] = held.reduce((sum, each) => sum + each, 0) / held.length;
    }
  }
  return live;
}

/** @returns nothing for a process that ends meanwhile */
async function collected(pid: number): Promise<number[]> {
  try {
    const session = pid === process.pid ? openSessionHere() : await openSession(pid);
    return session === undefined ? [] : [await measured(session)];
  } catch {
    return [];
  }
}

async function measured(session: Session): Promise<number> {
  await session.call('HeapProfiler.collectGarbage');
  const usage = z.parse(usageShape, await session.call('Runtime.getHeapUsage'));
  await session.close();
  return (usage.usedSize + usage.backingStorageSize) / BYTES_PER_MB;
}

interface Session {
  call(method: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** A process cannot answer itself over a socket. */
function openSessionHere(): Session {
  const session = new InspectorSession();
  session.connect();
  return {
    call: (method) => session.post(method),
    close: async () => session.disconnect(),
  };
}

async function openSession(pid: number): Promise<Session | undefined> {
  process.kill(pid, 'SIGUSR1');
  const [target] = await inspected((targets) => targets.length > 0);
  if (target === undefined) {
    return undefined;
  }
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((opened, failed) => {
    socket.addEventListener('open', opened, { once: true });
    socket.addEventListener('error', failed, { once: true });
  });
  let calls = 0;
  const call = (method: string, params: object = {}): Promise<unknown> => {
    calls += 1;
    const id = calls;
    return new Promise((answered, failed) => {
      socket.addEventListener('close', failed, { once: true });
      socket.addEventListener('message', ({ data }) => {
        const reply = z.parse(replyShape, JSON.parse(String(data)));
        if (reply.id === id) {
          answered(reply.result);
        }
      });
      socket.send(JSON.stringify({ id, method, params }));
    });
  };
  const close = async () => {
    // It may be gone before its answer.
    await call('Runtime.evaluate', { expression: STOP_LISTENING }).catch(() => undefined);
    socket.close();
    await inspected((targets) => targets.length === 0);
  };
  return { call, close };
}

/** Looks for processes that can be inspected until there are as many as wanted, or for five seconds. */
async function inspected(isWanted: (targets: z.infer<typeof targetsShape>) => boolean) {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const targets = await fetch(INSPECTOR_URL)
      .then(async (answer) => z.parse(targetsShape, await answer.json()))
      .catch(() => []);
    if (isWanted(targets)) {
      return targets;
    }
    await wait(LOOK_EVERY_MS);
  }
  return [];
}
