import { onlyIssuerSigns } from '../stack/auth-settings.js';
import { callerHeaders } from '../stack/caller-headers.js';
import { demoCoupon } from '../stack/demo-coupon.js';
import { firstApiUrl, type RunningStack } from '../stack/stack-state.js';

const USER = { userId: '42', roles: [] };
const TOKEN_VALID_FOR_H = 24;
const WITHOUT_OPERATOR =
  "No demo coupon was made, as only the issuer behind JWKS_URL can sign an operator's token: " +
  'with one whose roles hold admin, POST /admin/v1/coupons and then /admin/v1/coupons/{id}/open for a coupon.';

/** What a person who just started the stack can do with it. */
export async function welcome(running: RunningStack, folder: string): Promise<string> {
  const width = Math.max(16, ...running.apps.map(({ name }) => name.length));
  const line = (name: string, text: string) => `  ${name.padEnd(width)} ${text}`;
  return [
    '',
    'Running.',
    ...running.apps.map(({ name, url }) => line(name, `${url}/health/ready   ${url}/metrics`)),
    line('API explorer', `${firstApiUrl(running)}/docs`),
    ...(running.prometheusUrl ? [line('Prometheus', `${running.prometheusUrl}/alerts`)] : []),
    ...(await tryIt(running, folder, line)),
    'Ctrl-C stops it.',
    '',
  ].join('\n');
}

async function tryIt(
  running: RunningStack,
  folder: string,
  line: (name: string, text: string) => string,
): Promise<string[]> {
  if (onlyIssuerSigns(running.auth)) return [`  ${WITHOUT_OPERATOR}`, ''];
  try {
    const id = await demoCoupon(running, folder);
    const url = firstApiUrl(running);
    const isJwt = running.auth.AUTH_MODE === 'jwt';
    const user = Object.entries(callerHeaders(running.auth, USER, TOKEN_VALID_FOR_H * 3_600))
      .map(([name, value]) => `-H "${name}: ${value}"`)
      .join(' ');
    return [
      line('demo coupon', `${url}/v1/coupons/${id}`),
      '',
      'Issue it at once (V1), through the gate and the queue (V2), and see what became of it:',
      `  curl -X POST ${user} ${url}/v1/coupons/${id}/issues`,
      `  curl -X POST ${user} ${url}/v2/coupons/${id}/issues`,
      `  curl ${user} ${url}/v2/coupons/${id}/issues/me`,
      ...(isJwt ? [`The token is that of user ${USER.userId} and good for ${TOKEN_VALID_FOR_H} hours.`] : []),
      '',
    ];
  } catch (error) {
    // Without it everything still works.
    return [`  No demo coupon: ${error instanceof Error ? error.message : error}`, ''];
  }
}
