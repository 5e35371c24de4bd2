import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { gateCallFailures, gateCallSeconds } from '../../metrics/process-metrics.js';
import type { QueueLayout } from './keys.js';

/** The scripts are read from the sources, so that what runs is the file that is reviewed. */
const FOLDER = join(import.meta.dirname, '../../../src/adapters/redis/lua');

export const SCRIPT_NAMES = [
  'claim-n',
  'look-up-n',
  'update-n',
  'fence-2',
  'hold-fence-1',
  'inspect-n',
  'switch-1',
  'read-batch-1',
  'acknowledge-2',
  'take-1',
  'read-taken-1',
  'reap-1',
  'measure-1',
  'split-2',
  'keep-coupons-n',
  'confirm-coupons-1',
  'count-n',
  'drive-again-2',
  'lease-3',
  'complete-list-2',
  'read-lease-mark-1',
  'shrink-1',
  'remove-relayed-1',
  'count-drained-1',
] as const;
export type ScriptName = (typeof SCRIPT_NAMES)[number];

export function scriptSource(name: string): string {
  return readFileSync(join(FOLDER, `${name}.lua`), 'utf8');
}

/** What a script includes under the name `queue`: it is the same script for every layout. */
const QUEUE_PART: Readonly<Record<QueueLayout, string>> = {
  stream: 'queue-stream',
  line: 'queue-line',
};

/** One Lua file, sent by its digest; the text follows only where the server does not know it (yet, or any more). */
export class Script<Reply> {
  private readonly text: string;
  private readonly digest: string;
  private readonly seconds;
  private readonly failures;

  constructor(
    readonly name: ScriptName,
    queue: QueueLayout = 'stream',
  ) {
    this.text = scriptSource(name).replace(/^-- @include (\S+)$/gm, (_line, part: string) =>
      scriptSource(part === 'queue' ? QUEUE_PART[queue] : part),
    );
    this.digest = createHash('sha1').update(this.text).digest('hex');
    this.seconds = gateCallSeconds.of(name);
    this.failures = gateCallFailures.of(name);
  }

  /** Scripts are idempotent, because the client library sends a command again whose reply was lost. */
  async run(
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Reply> {
    const sentAt = performance.now();
    try {
      return await this.send(redis, keys, args);
    } catch (cause) {
      this.failures.add();
      throw cause;
    } finally {
      this.seconds.observe((performance.now() - sentAt) / 1_000);
    }
  }

  private async send(
    redis: Redis,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Reply> {
    try {
      return (await redis.evalsha(this.digest, keys.length, ...keys, ...args)) as Reply;
    } catch (cause) {
      if (!(cause instanceof Error) || !cause.message.startsWith('NOSCRIPT')) throw cause;
      return (await redis.eval(this.text, keys.length, ...keys, ...args)) as Reply;
    }
  }
}
