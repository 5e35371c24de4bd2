/** Below the time that a request which waits for it may take. */
export const FETCH_MS_MAX = 3_000;
export const FETCH_BYTES_MAX = 262_144;

/** @throws where the answer is late, too large, redirected, not 200 or no JSON, with the reason in words */
export async function fetchJson(url: string, waitMsMax = FETCH_MS_MAX): Promise<unknown> {
  const answer = await fetch(url, {
    headers: { accept: 'application/json' },
    // Keys come from where the operator said, and from nowhere that this place points to.
    redirect: 'error',
    signal: AbortSignal.timeout(waitMsMax),
  });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    throw new Error(`The answer was ${answer.status}.`);
  }
  return JSON.parse(await textOf(answer));
}

async function textOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.byteLength;
    if (bytes > FETCH_BYTES_MAX) throw new Error(`The answer is larger than ${FETCH_BYTES_MAX} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
