import type { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { OnefillError } from '../core/errors.ts';
import { type HttpAnswer, type HttpRequest, readRequest, refuse } from './http.ts';
import { beginInvocation } from './telemetry.ts';

/** What answers a request. Whatever it throws becomes a 503 or 500 without a word about the inside. */
export type HttpHandle<Event extends APIGatewayProxyEventV2> = (
  request: HttpRequest,
  event: Event,
  context: Context,
) => Promise<HttpAnswer>;

/**
 * Wraps what answers requests into a Lambda handler: correlation id on log lines and on every answer, keys of one
 * invocation gone before the next, errors logged here and answered without internals.
 */
export function httpHandler<Event extends APIGatewayProxyEventV2>(logger: Logger, handle: HttpHandle<Event>) {
  return middy<Event, HttpAnswer>()
    .before(({ event, context }) => {
      beginInvocation(logger, context);
      logger.appendKeys({ correlationId: readRequest(event).correlationId });
    })
    .after(({ event, response }) => {
      if (response) {
        response.headers = { ...response.headers, 'x-correlation-id': readRequest(event).correlationId };
      }
    })
    .onError((request) => {
      const { correlationId } = readRequest(request.event);
      logger.error('The request failed.', request.error as Error);
      const answered = refuse(failure(request.error), correlationId);
      request.response = {
        ...answered,
        headers: { ...answered.headers, 'x-correlation-id': correlationId },
      };
    })
    .handler((event, context) => handle(readRequest(event), event, context));
}

/** The store or queue could not be reached, or a bug: the sender learns only whether to come back. */
function failure(error: unknown) {
  if (error instanceof OnefillError && error.code === 'CONFLICT') {
    return { statusCode: 409, code: error.code, message: error.message };
  }
  const terminal = error instanceof OnefillError && error.disposition === 'terminal';
  return terminal
    ? { statusCode: 500, code: 'INTERNAL', message: 'Onefill could not handle the request; this is a bug.' }
    : {
        statusCode: 503,
        code: 'UNAVAILABLE',
        message: 'Onefill could not store the request. Nothing was lost; send it again.',
        retryAfterSeconds: 5,
      };
}
