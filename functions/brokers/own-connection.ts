/**
 * A header for every request to a venue. A connection that was kept while Lambda froze this environment may be gone: an
 * order that is sent on it is unknown, and a failure of its strategy. Another handshake costs less.
 */
export const OWN_CONNECTION = { connection: 'close' } as const;
