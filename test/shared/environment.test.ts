import { describe, expect, it } from 'vitest';
import {
  ENVIRONMENT_CONTRACT,
  type FunctionName,
  readEnvironment,
} from '../../functions/shared/environment.ts';

const NAMES = Object.keys(ENVIRONMENT_CONTRACT) as FunctionName[];
const ALL = Object.fromEntries(
  Object.values(ENVIRONMENT_CONTRACT)
    .flat()
    .map((variable) => [variable, `value of ${variable}`]),
);

describe.each(NAMES)('the environment of %s', (name) => {
  const contract: readonly string[] = ENVIRONMENT_CONTRACT[name];

  it('is what its contract names, and nothing else', () => {
    const environment = readEnvironment(name, { ...ALL, AWS_SECRET_ACCESS_KEY: 'secret' });
    expect(Object.entries(environment)).toEqual(contract.map((variable) => [variable, ALL[variable]]));
  });

  it.each(contract)('is refused without %s, or with an empty one', (variable) => {
    for (const source of [
      { ...ALL, [variable]: undefined },
      { ...ALL, [variable]: '' },
    ]) {
      expect(() => readEnvironment(name, source)).toThrow(
        `The ${name} function needs the environment variables ${variable}.`,
      );
    }
  });

  it('is refused with every missing variable named', () => {
    expect(() => readEnvironment(name, {})).toThrow(contract.join(', '));
  });
});
