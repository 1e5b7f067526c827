export { mapInParallel } from '../shared/parallel.ts';

/** Wide enough to hide the latency of reads, far below what one partition or the connection pool takes. */
export const READ_WIDTH = 25;
