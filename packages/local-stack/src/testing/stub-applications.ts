import { fileURLToPath } from 'node:url';
import type { AppDefinition } from '../apps/app-definition.js';

/** Small programs in place of the applications, so that a test needs no other package. */
export const stubApplications: readonly AppDefinition[] = [
  { ...stub('coupon-consumer', 'COUPON_CONSUMER_PORT'), nameSetting: 'CONSUMER_NAME' },
  stub('coupon-api', 'COUPON_API_PORT'),
];

export const stubProgram = fileOf('stub-program');

function stub(name: string, portSetting: string): AppDefinition {
  return { name, program: fileOf(`stub-${name}`), portSetting, defaultPort: 1 };
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}
