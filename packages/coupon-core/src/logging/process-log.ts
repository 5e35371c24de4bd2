import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { boundedLines } from './bounded-lines.js';

/** The password of a URL, which may hold an `@` itself, and a signed token wherever it stands. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/"\\]*:)[^\s/?#"\\]+@/gi;
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const REMOVED = '[removed]';

/**
 * The log of a process, one JSON text a line. What it is told may be the words of a driver or of a client, so every
 * line as a whole is freed of passwords in URLs, of tokens, and of `secrets`, wherever in it they stand. A flood of the
 * same line is bounded.
 */
export function processLog(
  { service, level, secrets }: { service: string; level: string; secrets: readonly string[] },
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    hooks: { logMethod: boundedLines(), streamWrite: (line: string) => withoutSecrets(line, secrets) },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** `secrets` are looked for as they are, and as JSON writes them. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let cleared = text.replace(URL_PASSWORD, `$1${REMOVED}@`).replace(TOKEN, REMOVED);
  for (const secret of secrets) {
    cleared = cleared.replaceAll(secret, REMOVED).replaceAll(JSON.stringify(secret).slice(1, -1), REMOVED);
  }
  return cleared;
}
