import { createHash } from 'node:crypto';
import { LOCAL_ACCOUNT_ID } from './account.ts';
import { LocalCloudError } from './errors.ts';

/** A resource and everything that its physical identity is made of. */
export interface ResourceIdentity {
  readonly logicalId: string;
  readonly type: string;
  /** The name that the template gives it, or one made of the stack's name and the logical id. */
  readonly name: string;
  readonly region: string;
}

/** Where the services answer that are part of identities: of queues and of the API. Without a slash at the end. */
export interface IdentityEndpoints {
  readonly queues: string;
  readonly gateway: string;
}

/** The property that names resources of a type. */
export function namePropertyOf(type: string): string {
  switch (type) {
    case 'AWS::DynamoDB::GlobalTable':
      return 'TableName';
    case 'AWS::ApiGatewayV2::Api':
    case 'AWS::ApiGatewayV2::Authorizer':
      // Their names are labels: what `Ref` gives is an id that AWS makes up.
      return 'none';
    default:
      return `${type.split('::').at(-1)}Name`;
  }
}

/** What `Ref` gives for a resource. */
export function referenceTo(identity: ResourceIdentity, endpoints: IdentityEndpoints): string {
  switch (identity.type) {
    case 'AWS::Lambda::Alias':
    case 'AWS::Lambda::Version':
    case 'AWS::SNS::Topic':
      return arnOf(identity);
    case 'AWS::SQS::Queue':
      return `${endpoints.queues}/${LOCAL_ACCOUNT_ID}/${identity.name}`;
    case 'AWS::ApiGatewayV2::Api':
    case 'AWS::ApiGatewayV2::Authorizer':
    case 'AWS::ApiGatewayV2::Integration':
      return createHash('sha256').update(identity.name).digest('hex').slice(0, 10);
    default:
      return identity.name;
  }
}

/**
 * What `Fn::GetAtt` gives for a resource.
 *
 * @throws LocalCloudError naming an attribute that has no local meaning
 */
export function attributeOf(
  identity: ResourceIdentity,
  attribute: string,
  endpoints: IdentityEndpoints,
): string {
  switch (`${identity.type}.${attribute}`) {
    case 'AWS::SQS::Queue.QueueUrl':
      return referenceTo(identity, endpoints);
    case 'AWS::SQS::Queue.QueueName':
      return identity.name;
    case 'AWS::ApiGatewayV2::Api.ApiEndpoint':
      return endpoints.gateway;
    case 'AWS::ApiGatewayV2::Api.ApiId':
      return referenceTo(identity, endpoints);
    case 'AWS::SNS::Topic.TopicArn':
      return arnOf(identity);
    case 'AWS::SNS::Topic.TopicName':
      return identity.name;
    case 'AWS::DynamoDB::GlobalTable.StreamArn':
    case 'AWS::DynamoDB::Table.StreamArn':
      return `${arnOf(identity)}/stream/local`;
    default:
      if (attribute === 'Arn') {
        return arnOf(identity);
      }
      throw new LocalCloudError(
        'unsupported',
        `The local cloud does not know ${attribute} of ${identity.logicalId}, an ${identity.type}.`,
      );
  }
}

function arnOf({ type, name, region }: ResourceIdentity): string {
  const service = type.split('::')[1]?.toLowerCase();
  const scope = `arn:aws:${service}:${region}:${LOCAL_ACCOUNT_ID}`;
  switch (type) {
    case 'AWS::SNS::Topic':
    case 'AWS::SQS::Queue':
      return `${scope}:${name}`;
    case 'AWS::Lambda::Alias':
    case 'AWS::Lambda::Version':
      return `${scope}:function:${name}`;
    case 'AWS::DynamoDB::GlobalTable':
    case 'AWS::DynamoDB::Table':
      return `${scope}:table/${name}`;
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${LOCAL_ACCOUNT_ID}:role/${name}`;
    case 'AWS::Logs::LogGroup':
      return `${scope}:log-group:${name}:*`;
    default:
      return `${scope}:${type.split('::').at(-1)?.toLowerCase()}:${name}`;
  }
}
