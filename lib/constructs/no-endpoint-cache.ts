/** Stands for the SDK's cache of discovered endpoints in bundles: it is made with a client, and never asked. */
export class EndpointCache {}
