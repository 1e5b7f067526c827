import { describe, expect, it } from 'vitest';
import {
  ENVIRONMENT_CONTRACT,
  type FunctionName,
  readEnvironment,
  readVenueEndpoints,
  VENUE_ENDPOINTS_VARIABLE,
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

describe('the endpoints of venues', () => {
  const read = (text?: string) => readVenueEndpoints({ [VENUE_ENDPOINTS_VARIABLE]: text });

  it("are the venues' own unless the local cloud says otherwise", () => {
    expect(read()).toEqual({});
    expect(read('{"alpaca":"http://127.0.0.1:4000"}')).toEqual({ alpaca: 'http://127.0.0.1:4000' });
  });

  it.each([
    'https://api.example.com',
    'http://127.0.0.1.example.com:80',
    'http://127.0.0.1:80@example.com',
    'http://127.0.0.1:80/x',
    'http://localhost:80',
    'http://10.0.0.1:80',
    '',
    null,
  ])('are refused when one is not on this machine: %j', (endpoint) => {
    expect(() => read(JSON.stringify({ alpaca: endpoint }))).toThrow(
      'ONEFILL_VENUE_ENDPOINTS names alpaca at a place that is not on this machine.',
    );
  });
});
