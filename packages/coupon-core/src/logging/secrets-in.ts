/** Settings that are secrets; several values are separated by commas. */
const SECRETS = ['RECEIPT_SECRET', 'JWT_SECRET'];
/** Addresses that may hold a password. */
const ADDRESSES = [
  'MYSQL_URL',
  'REDIS_URL',
  'CACHE_REDIS_URL',
  'JWKS_URL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
];
/** `name=value`, separated by commas and encoded as in URLs. */
const HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'];
/** Anything shorter is part of many a word; in a URL it is found by its place. */
const CHARACTERS_MIN = 6;

/**
 * What no log may say of an environment, of whichever process it is, usable or not: secrets and passwords, as they are
 * written there and as they are sent.
 */
export function secretsIn(env: NodeJS.ProcessEnv): string[] {
  const given = (names: readonly string[]) => names.flatMap((name) => env[name] ?? []);
  const secrets = given(SECRETS).flatMap((text) => [text, ...text.split(',').map((one) => one.trim())]);
  const passwords = given(ADDRESSES).flatMap((url) => (URL.canParse(url) ? new URL(url).password : []));
  const values = given(HEADERS).flatMap((text) =>
    text.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1).trim()),
  );
  const sent = [...passwords, ...values].flatMap((text) => [text, decoded(text)]);
  return [...new Set([...secrets, ...sent])].filter(({ length }) => length >= CHARACTERS_MIN);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
