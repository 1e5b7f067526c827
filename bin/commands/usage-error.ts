/** The command line is wrong; the message says how, for the person who wrote it. */
export class UsageError extends Error {}
