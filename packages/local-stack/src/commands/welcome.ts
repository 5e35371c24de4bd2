import { demoCoupon } from '../stack/demo-coupon.js';
import { firstApiUrl, type RunningStack } from '../stack/stack-state.js';

/** What a person who just started the stack can do with it. */
export async function welcome(running: RunningStack, folder: string): Promise<string> {
  const width = Math.max(16, ...running.apps.map(({ name }) => name.length));
  const lines = running.apps.map(
    ({ name, url }) => `  ${name.padEnd(width)} ${url}/health/ready   ${url}/metrics`,
  );
  const tries = await tryIt(firstApiUrl(running), folder, width);
  return ['', 'Running.', ...lines, ...tries, 'Ctrl-C stops it.', ''].join('\n');
}

async function tryIt(apiUrl: string, folder: string, width: number): Promise<string[]> {
  try {
    const id = await demoCoupon(apiUrl, folder);
    const user = '-H "X-User-Id: 42"';
    return [
      `  ${'API explorer'.padEnd(width)} ${apiUrl}/docs`,
      `  ${'demo coupon'.padEnd(width)} ${apiUrl}/v1/coupons/${id}`,
      '',
      'Issue it at once (V1), through the gate and the queue (V2), and see what became of it:',
      `  curl -X POST ${user} ${apiUrl}/v1/coupons/${id}/issues`,
      `  curl -X POST ${user} ${apiUrl}/v2/coupons/${id}/issues`,
      `  curl ${user} ${apiUrl}/v2/coupons/${id}/issues/me`,
      '',
    ];
  } catch (error) {
    // Without it everything still works; with AUTH_MODE=jwt there is no operator to make it.
    return [`  No demo coupon: ${error instanceof Error ? error.message : error}`, ''];
  }
}
