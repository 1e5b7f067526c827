import { exploreAll } from './explore-all.ts';
import { EXITS } from './scenarios.ts';

exploreAll(EXITS);
