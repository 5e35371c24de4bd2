import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

/**
 * V2's rush as a k6 script. With TOKEN every request is the same person's, so that all but the first read one claim
 * again. Without it each iteration is somebody else, by the header that AUTH_MODE=dev reads.
 */
const { BASE_URL = 'http://127.0.0.1:8080', COUPON_ID = '1', VUS = '64', DURATION = '10s', TOKEN } = __ENV;

const url = `${BASE_URL}/v2/coupons/${COUPON_ID}/issues`;

// 202: a claim, 409: a refusal that is final. Whatever else is answered counts as failed.
http.setResponseCallback(http.expectedStatuses(202, 409));

export const options = {
  vus: Number(VUS),
  duration: DURATION,
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    http_req_duration: ['p(99)<1000'],
  },
};

export default function rush() {
  const response = http.post(url, null, { headers: callerHeaders() });
  check(response, {
    'a claim with its ticket, or a refusal with its code': (answer) =>
      (answer.status === 202 && answer.json('ticket') > 0) ||
      (answer.status === 409 && typeof answer.json('code') === 'string'),
  });
}

function callerHeaders() {
  if (TOKEN) return { Authorization: `Bearer ${TOKEN}` };
  return { 'X-User-Id': String(exec.scenario.iterationInTest + 1) };
}
