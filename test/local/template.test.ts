import { describe, expect, it } from 'vitest';
import { type Template, TemplateResolver } from '../../lib/local/template.ts';

const TEMPLATE: Template = {
  Resources: { Queue: { Type: 'AWS::SQS::Queue' } },
  Parameters: { Bootstrap: { Default: '/cdk-bootstrap/version' }, Size: {} },
  Conditions: {
    IsEast: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
    IsWest: { 'Fn::Not': [{ Condition: 'IsEast' }] },
    Both: { 'Fn::And': [{ Condition: 'IsEast' }, { Condition: 'IsWest' }] },
    Either: { 'Fn::Or': [{ Condition: 'IsEast' }, { Condition: 'IsWest' }] },
  },
  Mappings: { Sizes: { 'us-east-1': { memory: 512 } } },
};

const resolver = new TemplateResolver(TEMPLATE, {
  stackName: 'onefill',
  region: 'us-east-1',
  accountId: '000000000000',
  reference: (logicalId) => `ref-${logicalId}`,
  attribute: (logicalId, attribute) => `${logicalId}/${attribute}`,
});

describe('a CloudFormation template', () => {
  it.each([
    ['a reference to a resource', { Ref: 'Queue' }, 'ref-Queue'],
    ['a reference to a parameter', { Ref: 'Bootstrap' }, '/cdk-bootstrap/version'],
    ['the region', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['the account', { Ref: 'AWS::AccountId' }, '000000000000'],
    ['the partition', { Ref: 'AWS::Partition' }, 'aws'],
    ['the URL suffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    ['the stack name', { Ref: 'AWS::StackName' }, 'onefill'],
    ['an attribute as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue/Arn'],
    ['an attribute as text', { 'Fn::GetAtt': 'Queue.Arn' }, 'Queue/Arn'],
    ['a join', { 'Fn::Join': ['-', ['a', { Ref: 'Queue' }, 3]] }, 'a-ref-Queue-3'],
    ['a split and a selection', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    [
      'a substitution',
      { 'Fn::Sub': `\${AWS::Region}:\${Queue}:\${Queue.Arn}:\${!Literal}` },
      `us-east-1:ref-Queue:Queue/Arn:\${Literal}`,
    ],
    [
      'a substitution with variables',
      { 'Fn::Sub': [`\${x}\${Queue}`, { x: { Ref: 'Queue' } }] },
      'ref-Queueref-Queue',
    ],
    ['a choice that holds', { 'Fn::If': ['IsEast', 'yes', 'no'] }, 'yes'],
    ['a choice that does not hold', { 'Fn::If': ['IsWest', 'yes', { Ref: 'Queue' }] }, 'ref-Queue'],
    ['a mapping', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'memory'] }, 512],
    ['base64', { 'Fn::Base64': 'abc' }, 'YWJj'],
    ['JSON', { 'Fn::ToJsonString': { a: { Ref: 'Queue' } } }, '{"a":"ref-Queue"}'],
    ['a value', 5, 5],
  ])('resolves %s', (_what, value, expected) => {
    expect(resolver.resolve({ nested: [value] })).toEqual({ nested: [expected] });
  });

  it('leaves out a property and an element without a value', () => {
    const none = { 'Fn::If': ['IsWest', 'x', { Ref: 'AWS::NoValue' }] };

    expect(resolver.resolve({ gone: none, list: ['a', none] })).toEqual({ list: ['a'] });
  });

  it('takes an object with one key that only looks like a function as it is', () => {
    expect(resolver.resolve({ Reference: 'x', Condition: 'y' })).toEqual({ Reference: 'x', Condition: 'y' });
  });

  it.each([
    ['IsEast', true],
    ['IsWest', false],
    ['Both', false],
    ['Either', true],
    [undefined, true],
  ])('evaluates the condition %s', (condition, expected) => {
    expect(resolver.holds(condition)).toBe(expected);
  });

  it.each([
    [{ 'Fn::ImportValue': 'other' }, 'The local cloud cannot compute Fn::ImportValue of the template.'],
    [{ Ref: 'Size' }, "The template's parameter Size has no default value."],
    [
      { 'Fn::FindInMap': ['Sizes', 'eu-west-1', 'memory'] },
      "The template's mapping Sizes has no eu-west-1.memory.",
    ],
    [{ 'Fn::Select': [7, ['a']] }, 'Fn::Select of the template has no element 7.'],
    [{ 'Fn::If': ['Unknown', 1, 2] }, 'The template has no condition Unknown.'],
    [{ 'Fn::Join': ['', [{ a: 1 }]] }, 'The template has {"a":1} where text is needed.'],
  ])('refuses %j with a sentence', (value, message) => {
    expect(() => resolver.resolve(value)).toThrow(message);
  });
});
