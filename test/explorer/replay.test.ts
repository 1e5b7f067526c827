import { expect, it } from 'vitest';
import { replay, runOf } from './explore.ts';

/** `EXPLORE='<name>'` runs one of the explorer's runs again, as it was named when it failed, and prints its calls. */
const { EXPLORE = 'an entry whose protection is refused | PERMANENT | 13:answer-lost | 9:before-send' } =
  process.env;

it(`runs ${EXPLORE} again`, async () => {
  const { problems, trace } = await replay(runOf(EXPLORE));
  if (process.env.EXPLORE !== undefined) {
    console.info([...trace, ...problems].join('\n'));
  }
  expect(trace.filter((line) => line.includes('†'))).toHaveLength(runOf(EXPLORE).deaths.length);
  expect(problems).toEqual([]);
});
