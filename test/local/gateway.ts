import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { FunctionDefinition } from '../../lib/local/function-definition.ts';
import { Gateway } from '../../lib/local/gateway.ts';
import type { Authorizer } from '../../lib/local/http-api.ts';
import type { InvocationResult } from '../../lib/local/protocol.ts';
import { parseRouteKey } from '../../lib/local/routes.ts';

const NO_CONTEXT = { authorizer: undefined, timeoutMs: 30_000 };

function definition(name: string): FunctionDefinition {
  return {
    name,
    functionName: `fixture-${name}`,
    logGroupName: `/aws/lambda/fixture-${name}`,
    arn: `arn:aws:lambda:us-east-1:000000000000:function:fixture-${name}`,
    codeDirectory: '/',
    modulePath: '/index.mjs',
    handlerName: 'handler',
    timeoutMs: 1_000,
    memoryMb: 128,
    environmentsMax: undefined,
    variables: {},
  };
}

type Answer = (event: Record<string, unknown>) => unknown;

/** What a test wants of the functions behind its gateway. */
export interface FakeFunctions {
  /** What the function behind the routes returns; an Error is a failure. */
  readonly answer?: Answer;
  readonly authorizerAnswer?: Answer;
  readonly authorizer?: Partial<Authorizer>;
  readonly timeoutMs?: number;
}

/** A gateway whose functions are the test's own; `events` are what they were given. */
export async function startGateway(fake: FakeFunctions = {}) {
  const events: Record<string, unknown>[] = [];
  const gateway = await Gateway.listen(0);
  onTestFinished(() => gateway.stop(0));
  const target = { ...NO_CONTEXT, function: definition('main'), timeoutMs: fake.timeoutMs ?? 30_000 };
  const authorizer = { function: definition('authorizer'), identitySources: [], ...fake.authorizer };
  gateway.open({
    region: 'us-east-1',
    api: {
      apiId: 'api123',
      routes: [
        parseRouteKey('POST /webhooks/{webhookId}', target),
        parseRouteKey('ANY /guarded/{proxy+}', { ...target, authorizer }),
      ],
    },
    invoke: async (called, payload): Promise<InvocationResult> => {
      const event = JSON.parse(payload);
      events.push(event);
      const answer = called.name === 'main' ? fake.answer : fake.authorizerAnswer;
      const result = await (answer ?? (() => ({ statusCode: 204 })))(event);
      return result instanceof Error
        ? { ok: false, error: { errorType: result.name, errorMessage: result.message } }
        : { ok: true, payload: JSON.stringify(result) ?? 'null' };
    },
  });
  return { url: gateway.url, gateway, events };
}

/** Sends a request as it is written, for what `fetch` would tidy up. */
export async function sendRaw(url: string, head: readonly string[], body = ''): Promise<string> {
  const { port, hostname } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname });
  socket.write(
    `${[...head, `content-length: ${Buffer.byteLength(body)}`, 'connection: close'].join('\r\n')}\r\n\r\n${body}`,
  );
  return await text(socket);
}
