import { Logger } from '@aws-lambda-powertools/logger';

/** Makes its lines as they would be printed, and counts their bytes instead. */
export class CountingLogger extends Logger {
  // The base constructor may log; fields of this class are not there yet then.
  bytes = 0;

  protected override printLog(_level: number, log: Parameters<Logger['printLog']>[1]): void {
    this.bytes += Buffer.byteLength(`${JSON.stringify(log.getAttributes(), this.getJsonReplacer())}\n`);
  }
}
