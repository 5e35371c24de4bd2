import { prettyFactory } from 'pino-pretty';
import { appLogFile } from './bring-up.js';
import { followLog } from './follow-log.js';
import type { StackLayout } from './stack-layout.js';
import type { RunningAppProcess } from './stack-state.js';

/**
 * Prints the logs of all application processes as they grow, each line with the process's name before it.
 * @returns stops, after what was written until then
 */
export function printLogs(layout: StackLayout, apps: readonly RunningAppProcess[]): () => void {
  const pretty = prettyFactory({
    colorize: process.stdout.isTTY,
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,name',
    singleLine: true,
  });
  const width = Math.max(...apps.map(({ name }) => name.length));
  const stops = apps.map(({ name }) =>
    followLog(appLogFile(layout, name), (line) =>
      process.stdout.write(`${name.padEnd(width)} | ${pretty(line).trimEnd()}\n`),
    ),
  );
  return () => {
    for (const stop of stops) stop();
  };
}
