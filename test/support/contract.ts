import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

/** A JSON value's object. */
type Json = Readonly<Record<string, unknown>>;

/** What a function answered to a request. */
export interface Exchange {
  readonly method: string;
  /** Without the query string. */
  readonly path: string;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** One operation of the contract. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
  /** The names of its query parameters. */
  readonly queryParameters: readonly string[];
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const JSON_TYPE = 'application/json';
const SCHEMA_REF = '#/components/schemas/';

/** docs/openapi.yaml as it is. */
export const contract = parse(
  readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'),
) as Json;

const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });
ajv.addSchema(inAjv({ $id: 'onefill', $defs: at(contract, 'components', 'schemas') }));
const validators = new Map<unknown, ValidateFunction>();

/** Every operation of the contract. */
export const operations: readonly Operation[] = Object.entries(at(contract, 'paths')).flatMap(
  ([path, item]) =>
    METHODS.filter((method) => method in (item as Json)).map((method) => {
      const operation = at(item as Json, method);
      const parameters = ((operation.parameters ?? []) as Json[]).map(resolve);
      return {
        method: method.toUpperCase(),
        path,
        operation,
        queryParameters: parameters
          .filter((parameter) => parameter.in === 'query')
          .map(({ name }) => String(name)),
      };
    }),
);

/**
 * Checks an answer against the contract: its status is documented, its headers are there, its body fits the schema
 * and has no field that the schema does not name; and what was accepted was allowed by the contract.
 *
 * @returns what is wrong; empty when all is well
 */
export function violations(exchange: Exchange): string[] {
  const found = findOperation(exchange);
  if (!found) {
    return validate({ $ref: `${SCHEMA_REF}Error` }, exchange.body, 'body');
  }
  const responses = at(found.operation, 'responses');
  if (!(exchange.status in responses)) {
    return [`${exchange.method} ${found.path}: the status ${exchange.status} is not documented`];
  }
  const response = resolve(at(responses, String(exchange.status)));
  const [mediaType = ''] = String(exchange.headers['content-type'] ?? '').split(';');
  if (exchange.status === 200 && mediaType !== '' && mediaType !== JSON_TYPE) {
    const isDocumented = mediaType in ((response.content ?? {}) as Json);
    return [
      ...headerViolations(response, exchange.headers),
      ...(isDocumented ? [] : [`${exchange.method} ${found.path}: ${mediaType} is not documented`]),
    ];
  }
  const schema = contentSchema(response);
  return [
    ...headerViolations(response, exchange.headers),
    ...(schema ? validate(schema, exchange.body, 'body') : []),
    ...(schema === undefined && exchange.body !== undefined ? ['body: none is documented'] : []),
    ...(exchange.status < 300 ? requestViolations(exchange) : []),
  ];
}

/** What the contract says is wrong with a request's body; empty when it allows it. */
export function requestViolations(exchange: Pick<Exchange, 'method' | 'path' | 'requestBody'>): string[] {
  const requestBody = findOperation(exchange)?.operation.requestBody as Json | undefined;
  const schema = requestBody && contentSchema(requestBody);
  const mayBeLeftOut = exchange.requestBody === undefined && requestBody?.required !== true;
  return schema && !mayBeLeftOut ? validate(schema, exchange.requestBody, 'request') : [];
}

/** The names in a query that the operation has no parameters of; all of them, where there is no operation. */
export function unknownParameters(method: string, { pathname: path, searchParams }: URL): string[] {
  const known = findOperation({ method, path })?.queryParameters ?? [];
  return [...searchParams.keys()].filter((name) => !known.includes(name));
}

/** The operation that a request is for, if the contract has one. */
export function findOperation({ method, path }: Pick<Exchange, 'method' | 'path'>): Operation | undefined {
  return operations.find(
    (candidate) =>
      candidate.method === method &&
      new RegExp(`^${candidate.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
}

function headerViolations(response: Json, headers: Exchange['headers']): string[] {
  return Object.entries((response.headers ?? {}) as Json).flatMap(([name, given]) => {
    const header = resolve(given as Json);
    if (headers[name] === undefined) {
      return header.required === true ? [`header ${name} is missing`] : [];
    }
    return validate(header.schema as Json, headers[name], `header ${name}`);
  });
}

function contentSchema(holder: Json): Json | undefined {
  const content = holder.content as Json | undefined;
  return content && at(content, JSON_TYPE, 'schema');
}

function validate(schema: Json, value: unknown, what: string): string[] {
  let validator = validators.get(schema);
  if (!validator) {
    validator = ajv.compile(inAjv(schema));
    validators.set(schema, validator);
  }
  validator(value);
  return (validator.errors ?? []).map(({ instancePath, message, params }) =>
    [what, instancePath, message, JSON.stringify(params)].join(' '),
  );
}

/**
 * A copy for the validator: references lead to where it has the schemas, and objects may have no other properties
 * than those that are named. Clients must tolerate new ones; a test must notice that they are not documented.
 */
function inAjv(schema: unknown): Json {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (key === '$ref' && typeof value === 'string') {
      return value.replace(SCHEMA_REF, 'onefill#/$defs/');
    }
    const isObjectSchema =
      typeof value === 'object' && value !== null && 'properties' in value && 'type' in value;
    return isObjectSchema && !('additionalProperties' in value)
      ? { ...value, additionalProperties: false }
      : value;
  }) as Json;
}

function resolve(part: Json): Json {
  const { $ref } = part;
  return typeof $ref === 'string' ? at(contract, ...$ref.slice(2).split('/')) : part;
}

function at(from: Json, ...path: readonly string[]): Json {
  return path.reduce<Json>((value, name) => {
    const next = value[name];
    if (typeof next !== 'object' || next === null) {
      throw new Error(`The contract has nothing at ${path.join('/')}.`);
    }
    return next as Json;
  }, from);
}
