import { LocalCloudError } from './errors.ts';

/** A resource of a CloudFormation template, unresolved. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>> | undefined;
  readonly Condition?: string | undefined;
}

/** The parts of a CloudFormation template that the local cloud reads. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>> | undefined;
  readonly Conditions?: Readonly<Record<string, unknown>> | undefined;
  readonly Mappings?:
    | Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>
    | undefined;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>> | undefined;
}

/** What the intrinsic functions of a template need to know of the world. */
export interface TemplateContext {
  readonly stackName: string;
  readonly region: string;
  readonly accountId: string;
  /** What `Ref` gives for a resource. */
  reference(logicalId: string): string;
  /** What `Fn::GetAtt` gives for a resource. */
  attribute(logicalId: string, attribute: string): string;
}

/** What `AWS::NoValue` becomes: the property or element that has it disappears. */
const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown) => unknown;

/** Computes the values of one template. Nothing is computed before it is asked for. */
export class TemplateResolver {
  readonly #template: Template;
  readonly #context: TemplateContext;
  readonly #intrinsics: ReadonlyMap<string, Intrinsic>;

  constructor(template: Template, context: TemplateContext) {
    this.#template = template;
    this.#context = context;
    const resolved = (argument: unknown) => list(this.resolve(argument));
    const evaluate = (condition: unknown) => this.#evaluate(condition);
    this.#intrinsics = new Map<string, Intrinsic>([
      ['Ref', (name) => this.#reference(text(name))],
      ['Fn::GetAtt', (argument) => context.attribute(...attributePath(argument))],
      ['Fn::Join', (argument) => join(resolved(argument))],
      ['Fn::Split', (argument) => split(resolved(argument))],
      ['Fn::Select', (argument) => select(resolved(argument))],
      ['Fn::Sub', (argument) => this.#substitute(argument)],
      ['Fn::If', (argument) => this.#choose(list(argument))],
      ['Fn::FindInMap', (argument) => findInMap(template, resolved(argument))],
      ['Fn::Base64', (argument) => Buffer.from(text(this.resolve(argument))).toString('base64')],
      ['Fn::ToJsonString', (argument) => JSON.stringify(this.resolve(argument))],
      ['Fn::Equals', (argument) => equals(resolved(argument))],
      ['Fn::And', (argument) => list(argument).every(evaluate)],
      ['Fn::Or', (argument) => list(argument).some(evaluate)],
      ['Fn::Not', (argument) => !list(argument).some(evaluate)],
    ]);
  }

  /**
   * The value with every intrinsic function replaced by its result.
   *
   * @throws LocalCloudError naming what CloudFormation can compute and the local cloud cannot
   */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((element) => this.resolve(element)).filter((element) => element !== NO_VALUE);
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const entries = Object.entries(value);
    const [first] = entries;
    if (entries.length === 1 && first !== undefined && (first[0] === 'Ref' || first[0].startsWith('Fn::'))) {
      return this.#intrinsic(first[0])(first[1]);
    }
    return Object.fromEntries(
      entries.map(([key, each]) => [key, this.resolve(each)]).filter(([, each]) => each !== NO_VALUE),
    );
  }

  /** Whether a condition of the template holds; what has no condition always exists. */
  holds(name: string | undefined): boolean {
    if (name === undefined) {
      return true;
    }
    const condition = this.#template.Conditions?.[name];
    if (condition === undefined) {
      throw new LocalCloudError('unsupported', `The template has no condition ${name}.`);
    }
    return this.#evaluate(condition);
  }

  #intrinsic(name: string): Intrinsic {
    const found = this.#intrinsics.get(name);
    if (found === undefined) {
      throw new LocalCloudError('unsupported', `The local cloud cannot compute ${name} of the template.`);
    }
    return found;
  }

  /** A condition's value; only inside conditions does `{Condition: name}` mean another condition. */
  #evaluate(condition: unknown): boolean {
    if (typeof condition === 'object' && condition !== null && 'Condition' in condition) {
      return this.holds(text(condition.Condition));
    }
    return this.resolve(condition) === true;
  }

  #choose([condition, whenTrue, whenFalse]: readonly unknown[]): unknown {
    return this.resolve(this.holds(text(condition)) ? whenTrue : whenFalse);
  }

  #substitute(argument: unknown): string {
    const [format, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const own = new Map(Object.entries(this.resolve(variables) ?? {}));
    return text(format).replaceAll(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal !== '') {
        return `\${${name}}`;
      }
      if (own.has(name)) {
        return text(own.get(name));
      }
      return name.includes('.')
        ? this.#context.attribute(...attributePath(name))
        : text(this.#reference(name));
    });
  }

  #reference(name: string): unknown {
    return reference(this.#template, this.#context, name);
  }
}

function reference(template: Template, context: TemplateContext, name: string): unknown {
  switch (name) {
    case 'AWS::Region':
      return context.region;
    case 'AWS::AccountId':
      return context.accountId;
    case 'AWS::Partition':
      return 'aws';
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    case 'AWS::StackName':
      return context.stackName;
    case 'AWS::StackId':
      return `arn:aws:cloudformation:${context.region}:${context.accountId}:stack/${context.stackName}/local`;
    case 'AWS::NoValue':
      return NO_VALUE;
    default:
      return template.Parameters !== undefined && Object.hasOwn(template.Parameters, name)
        ? parameter(template.Parameters[name]?.Default, name)
        : context.reference(name);
  }
}

function parameter(value: unknown, name: string): unknown {
  if (value === undefined) {
    throw new LocalCloudError('unsupported', `The template's parameter ${name} has no default value.`);
  }
  return value;
}

function attributePath(argument: unknown): [logicalId: string, attribute: string] {
  if (Array.isArray(argument)) {
    return [text(argument[0]), text(argument[1])];
  }
  const path = text(argument);
  const dot = path.indexOf('.');
  return [path.slice(0, dot), path.slice(dot + 1)];
}

function join([delimiter, values]: readonly unknown[]): string {
  return list(values).map(text).join(text(delimiter));
}

function split([delimiter, value]: readonly unknown[]): string[] {
  return text(value).split(text(delimiter));
}

function select([index, values]: readonly unknown[]): unknown {
  const chosen = list(values)[Number(index)];
  if (chosen === undefined) {
    throw new LocalCloudError('unsupported', `Fn::Select of the template has no element ${String(index)}.`);
  }
  return chosen;
}

function equals([left, right]: readonly unknown[]): boolean {
  return String(left) === String(right);
}

function findInMap(template: Template, [map, first, second]: readonly unknown[]): unknown {
  const found = template.Mappings?.[text(map)]?.[text(first)]?.[text(second)];
  if (found === undefined) {
    throw new LocalCloudError(
      'unsupported',
      `The template's mapping ${text(map)} has no ${text(first)}.${text(second)}.`,
    );
  }
  return found;
}

function text(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  throw new LocalCloudError('unsupported', `The template has ${JSON.stringify(value)} where text is needed.`);
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    return value;
  }
  throw new LocalCloudError(
    'unsupported',
    `The template has ${JSON.stringify(value)} where a list is needed.`,
  );
}
