/** An error as Lambda reports it. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** What becomes of an event: the handler's result as JSON, or why there is none. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly error: FunctionError };

/** From Onefill to an environment: work on this event. */
export interface InvokeMessage {
  readonly requestId: string;
  /** The event as JSON. */
  readonly payload: string;
  /** When the environment will be killed, in epoch milliseconds. */
  readonly deadlineMs: number;
}

/** From an environment to Onefill: its handler is loaded or is not, or an event is done. */
export type EnvironmentMessage =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'load-failed'; readonly error: FunctionError }
  | { readonly kind: 'done'; readonly requestId: string; readonly result: InvocationResult };

/** What an environment is told when it starts. */
export interface RuntimeSettings {
  readonly title: string;
  readonly modulePath: string;
  readonly handlerName: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  /** Where compiled code is kept, so that the next environment loads faster. */
  readonly compileCacheDirectory: string;
}
