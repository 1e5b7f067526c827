import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { createApp } from '../lib/app.ts';

const app = createApp();
// Here and not in a test only, so that what has a finding cannot be deployed either.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
