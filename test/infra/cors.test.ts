import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../lib/app.ts';
import { readCorsOrigins } from '../../lib/constructs/cors.ts';
import { resourcesOf } from './synthesized.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('CORS', () => {
  it('is off unless it is configured', () => {
    const [api] = Object.values(resourcesOf('production', 'AWS::ApiGatewayV2::Api'));
    expect(api?.Properties).not.toHaveProperty('CorsConfiguration');
  });

  it('lets the named origins call the admin API, without cookies', () => {
    const app = createApp({
      stage: 'production',
      corsAllowOrigins: 'https://console.example.com, https://ops.example.com:8443',
      templateValidation: false,
      outdir: temporaryDirectory(),
    });
    const template = Template.fromStack(app.node.children.find(Stack.isStack) as Stack);
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://console.example.com', 'https://ops.example.com:8443'],
        AllowMethods: ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'],
        AllowHeaders: ['authorization', 'content-type', 'x-correlation-id'],
        ExposeHeaders: ['x-correlation-id', 'retry-after'],
        MaxAge: 600,
      },
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: 'OPTIONS /api/v1/{proxy+}',
      AuthorizationType: 'NONE',
    });
  });

  it.each([
    '*',
    'http://console.example.com',
    'console.example.com',
    'https://a.example/',
    'null',
    'https://*.example',
  ])('is not configured for %s', (origin) => {
    expect(() => readCorsOrigins(`https://a.example,${origin}`)).toThrow('must be origins such as');
  });

  it.each([undefined, '', ' , '])('is off with %j', (text) => {
    expect(readCorsOrigins(text)).toEqual([]);
  });

  it.each(['http://localhost:5173', 'http://127.0.0.1:8080'])('may be for %s, on one machine', (origin) => {
    expect(readCorsOrigins(origin)).toEqual([origin]);
  });
});
