import { exploreAll } from './explore-all.ts';
import { WORKING } from './scenarios.ts';

exploreAll(WORKING);
