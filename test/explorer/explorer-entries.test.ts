import { exploreAll } from './explore-all.ts';
import { ENTRIES } from './scenarios.ts';

exploreAll(ENTRIES);
