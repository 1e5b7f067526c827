import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { FunctionDefinition } from './function-definition.ts';
import type {
  EnvironmentMessage,
  FunctionError,
  InvocationResult,
  InvokeMessage,
  RuntimeSettings,
} from './protocol.ts';

/** What environments share on this machine. */
export interface EnvironmentHost {
  /** The runtime as JavaScript. */
  readonly runtimePath: string;
  readonly compileCacheDirectory: string;
  /** How long a bundle may take to load. */
  readonly loadTimeoutMs: number;
  /** Hears each line that a function writes, and what became of its environments. */
  onLine(functionName: string, line: string): void;
  /** Hears of every process that starts or ends. */
  onProcess(pid: number, event: 'started' | 'ended'): void;
}

/** Why Onefill kills an environment. */
export type KillReason = 'memory' | 'idle' | 'stopping' | 'timeout';

/** What an environment is doing. */
export type EnvironmentState = 'loading' | 'idle' | 'busy' | 'ended';

interface CurrentInvocation {
  readonly requestId: string;
  readonly payload: string;
  readonly timer: NodeJS.Timeout;
  settle(result: InvocationResult): void;
}

/** V8 needs room beside the heap of objects; Lambda leaves about as much. */
const HEAP_SHARE = 0.9;

/** One execution environment of a function: a process of its own that works on one event at a time. */
export class Environment {
  /** Becomes `undefined` when the handler is loaded, or why it could not be; never rejects. */
  readonly loaded: Promise<FunctionError | undefined>;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #definition: FunctionDefinition;
  readonly #host: EnvironmentHost;
  #state: EnvironmentState = 'loading';
  #killedFor: KillReason | undefined;
  #current: CurrentInvocation | undefined;
  #invocations = 0;

  constructor(definition: FunctionDefinition, host: EnvironmentHost) {
    this.#definition = definition;
    this.#host = host;
    this.#child = forkRuntime(definition, host);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) {
        createInterface(stream).on('line', (line) => host.onLine(definition.name, line));
      }
    }
    this.ended = new Promise((resolve) => {
      const end = (description: string) => {
        this.#end(description);
        resolve();
      };
      this.#child.once('error', (error) => end(error.message));
      this.#child.once('exit', (code, signal) =>
        end(signal === null ? `exit status ${code}` : `signal: ${signal}`),
      );
    });
    this.loaded = this.#load();
    if (this.#child.pid !== undefined) {
      host.onProcess(this.#child.pid, 'started');
    }
  }

  /** Undefined only when the process could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get state(): EnvironmentState {
    return this.#state;
  }

  /** The event that it works on, as JSON. */
  get event(): string | undefined {
    return this.#current?.payload;
  }

  /** How many events it has been given. */
  get invocations(): number {
    return this.#invocations;
  }

  /**
   * Works on one event. Never rejects: a handler that throws, the timeout and the death of the process are results.
   *
   * @param payload the event as JSON
   */
  invoke(payload: string): Promise<InvocationResult> {
    if (this.#state !== 'idle') {
      throw new Error(`An environment that is ${this.#state} was given an event.`);
    }
    this.#state = 'busy';
    this.#invocations += 1;
    const { timeoutMs } = this.#definition;
    const message: InvokeMessage = {
      requestId: randomUUID(),
      payload,
      deadlineMs: Date.now() + timeoutMs,
    };
    return new Promise((settle) => {
      const timer = setTimeout(() => this.kill('timeout'), timeoutMs);
      this.#current = { requestId: message.requestId, payload, timer, settle };
      // A process that cannot be written to is about to be reported as ended.
      this.#child.send(message, () => undefined);
    });
  }

  /** Ends the process at once, as Lambda does; the event it works on fails. */
  kill(reason: KillReason): void {
    this.#killedFor ??= reason;
    this.#state = 'ended';
    this.#child.kill('SIGKILL');
  }

  #load(): Promise<FunctionError | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.kill('timeout'), this.#host.loadTimeoutMs);
      this.#child.on('message', (message) => {
        const received = message as EnvironmentMessage;
        if (this.#killedFor !== undefined) {
          return; // What it said last came too late to count.
        }
        if (received.kind === 'done') {
          this.#finish(received.requestId, received.result);
          return;
        }
        clearTimeout(timer);
        if (received.kind === 'loaded') {
          this.#state = 'idle';
        }
        resolve(received.kind === 'loaded' ? undefined : received.error);
      });
      void this.ended.then(() => {
        clearTimeout(timer);
        resolve({ errorType: 'Runtime.ExitError', errorMessage: 'The environment ended while it loaded.' });
      });
    });
  }

  #finish(requestId: string, result: InvocationResult): void {
    const current = this.#current;
    if (current?.requestId === requestId) {
      this.#current = undefined;
      clearTimeout(current.timer);
      if (this.#state === 'busy') {
        this.#state = 'idle';
      }
      current.settle(result);
    }
  }

  #end(description: string): void {
    this.#state = 'ended';
    const { pid } = this.#child;
    if (pid !== undefined) {
      this.#host.onProcess(pid, 'ended');
    }
    const current = this.#current;
    const reason = this.#killedFor;
    if (reason !== 'idle' && reason !== 'stopping') {
      this.#host.onLine(
        this.#definition.name,
        `onefill: environment ${pid} ended (${reason ?? description})`,
      );
    }
    if (current !== undefined) {
      this.#finish(current.requestId, { ok: false, error: this.#errorOf(current.requestId, description) });
    }
  }

  /** The error as Lambda words it. */
  #errorOf(requestId: string, description: string): FunctionError {
    if (this.#killedFor === 'timeout') {
      const seconds = (this.#definition.timeoutMs / 1_000).toFixed(2);
      return {
        errorType: 'Sandbox.Timedout',
        errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
      };
    }
    const cause = this.#killedFor === 'memory' ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
    return {
      errorType: cause,
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${description}`,
    };
  }
}

function forkRuntime(definition: FunctionDefinition, host: EnvironmentHost): ChildProcess {
  const settings: RuntimeSettings = {
    title: `onefill-fn:${definition.name}`,
    modulePath: definition.modulePath,
    handlerName: definition.handlerName,
    functionName: definition.functionName,
    functionArn: definition.arn,
    memoryMb: definition.memoryMb,
    compileCacheDirectory: host.compileCacheDirectory,
  };
  return fork(host.runtimePath, [JSON.stringify(settings)], {
    execArgv: [`--max-old-space-size=${Math.floor(definition.memoryMb * HEAP_SHARE)}`],
    env: definition.variables,
    cwd: definition.codeDirectory,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    // A session of its own: Ctrl-C is Onefill's to handle, which lets work in progress finish.
    detached: true,
  });
}
