import type { DestinationStream } from 'pino';

/** Lines for the eyes of whoever develops at a terminal; undefined elsewhere, where logs are JSON. */
export async function terminal(
  out: { isTTY?: boolean; write(text: string): unknown },
  production: boolean,
): Promise<DestinationStream | undefined> {
  if (!out.isTTY || production) return undefined;
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: true,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,service',
    singleLine: true,
  });
  return { write: (line) => void out.write(pretty(line)) };
}
