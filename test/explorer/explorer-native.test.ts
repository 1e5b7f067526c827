import { NATIVE, PAIR_STRIDE } from './brackets.ts';
import { exploreAll } from './explore-all.ts';

exploreAll(NATIVE, PAIR_STRIDE);
