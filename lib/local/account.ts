/** The account that everything local belongs to; the queue engine knows no other. */
export const LOCAL_ACCOUNT_ID = '000000000000';

/** The region of a stack that was synthesized for any region. */
export const DEFAULT_REGION = 'us-east-1';

/** Credentials that open nothing: the engines do not check them, and AWS refuses them. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'onefilllocal', secretAccessKey: 'onefilllocal' } as const;

/** How to reach one service of the local cloud. */
export interface ServiceAddress {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly region: string;
}

/** Settings for an AWS SDK client that leave nothing to the developer's own AWS configuration. */
export function clientSettings(address: ServiceAddress) {
  return {
    endpoint: address.endpoint,
    region: address.region,
    credentials: LOCAL_CREDENTIALS,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    retryMode: 'standard',
    maxAttempts: 3,
    defaultsMode: 'standard',
  } as const;
}
