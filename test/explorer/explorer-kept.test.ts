import { KEPT, PAIR_STRIDE } from './brackets.ts';
import { exploreAll } from './explore-all.ts';

exploreAll(KEPT, PAIR_STRIDE);
