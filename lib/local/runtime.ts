/**
 * What runs in each environment, a process of its own, as Lambda's runtime does: it loads the function's bundle,
 * takes one event after the other from its parent, and ends when its parent does.
 *
 * It imports nothing of this project, for it runs as JavaScript outside of it (see runtime-file.ts): a TypeScript
 * loader in each environment would cost 18 MB of memory and 35 ms.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import type {
  EnvironmentMessage,
  FunctionError,
  InvocationResult,
  InvokeMessage,
  RuntimeSettings,
} from './protocol.ts';

type Handler = (event: unknown, context: unknown) => unknown;

const RESULT_MAX_BYTES = 6 * 1024 * 1024;

const settings: RuntimeSettings = JSON.parse(process.argv[2] ?? '');

process.title = settings.title;
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => die(error));
process.on('unhandledRejection', (error) => die(error));

enableCompileCache(settings.compileCacheDirectory);
let currentRequestId = '';

try {
  const handler = await load();
  process.on('message', (message) => void work(handler, message as InvokeMessage));
  send({ kind: 'loaded' });
  // Now, because an environment is killed more often than it ends by itself.
  flushCompileCache();
} catch (error) {
  console.error('Load Error', JSON.stringify(describe(error)));
  send({ kind: 'load-failed', error: describe(error) }, () => process.exit(1));
}

async function load(): Promise<Handler> {
  const { modulePath, handlerName } = settings;
  const loaded: Record<string, unknown> = await import(pathToFileURL(modulePath).href);
  const handler = loaded[handlerName];
  if (typeof handler !== 'function') {
    throw new TypeError(`${modulePath} does not export a function ${handlerName}.`);
  }
  return handler as Handler;
}

async function work(handler: Handler, { requestId, payload, deadlineMs }: InvokeMessage): Promise<void> {
  currentRequestId = requestId;
  const result = await run(handler, JSON.parse(payload), contextOf(requestId, deadlineMs));
  currentRequestId = '';
  send({ kind: 'done', requestId, result });
}

async function run(handler: Handler, event: unknown, context: unknown): Promise<InvocationResult> {
  try {
    const payload = JSON.stringify(await handler(event, context)) ?? 'null';
    if (Buffer.byteLength(payload) > RESULT_MAX_BYTES) {
      return failed('Function.ResponseSizeTooLarge', `The response exceeds ${RESULT_MAX_BYTES} bytes.`);
    }
    return { ok: true, payload };
  } catch (error) {
    console.error('Invoke Error', JSON.stringify(describe(error)));
    return { ok: false, error: describe(error) };
  }
}

function contextOf(requestId: string, deadlineMs: number) {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: settings.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.functionArn,
    memoryLimitInMB: String(settings.memoryMb),
    logGroupName: `/aws/lambda/${settings.functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

/** What nobody catches ends the process, in Lambda as well; the event that is being worked on fails with it. */
function die(error: unknown): void {
  console.error('Uncaught Exception', JSON.stringify(describe(error)));
  const result: InvocationResult = { ok: false, error: describe(error) };
  send({ kind: 'done', requestId: currentRequestId, result }, () => process.exit(1));
}

function failed(errorType: string, errorMessage: string): InvocationResult {
  return { ok: false, error: { errorType, errorMessage } };
}

function describe(error: unknown): FunctionError {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
    : { errorType: typeof error, errorMessage: String(error) };
}

function send(message: EnvironmentMessage, sent?: () => void): void {
  process.send?.(message, undefined, undefined, sent);
}
