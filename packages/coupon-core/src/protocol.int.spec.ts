import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalServer, startRedis } from 'local-stack';
import {
  createWorld,
  DEFAULT_TIMES,
  explore,
  type Mode,
  NO_DELAYS,
  type Omission,
  type Profile,
  stepText,
} from 'protocol-model';
import { Lockstep } from './testing/conformance/lockstep.js';
import type { Sabotage } from './testing/conformance/pair.js';
import { RealWorld } from './testing/conformance/real-world.js';
import { type FreshDatabase, freshDatabase } from './testing/fresh-database.js';

/** What the product does not have, and what real servers cannot be made to do at will. */
const WITHOUT: readonly Omission[] = ['LEASES', 'CUT_TAILS'];

const RUNS = Number(process.env.CONFORMANCE_RUNS ?? 9);
const FIRST_SEED = Number(process.env.CONFORMANCE_SEED ?? randomInt(1_000_000));

describe.each(['stream', 'line'] as const)(
  'The product with a %s follows the model of its protocol, step by step (I1–I5, I7, I11, I12)',
  (layout) => {
    let real: RealWorld;
    let server: LocalServer;
    let database: FreshDatabase;
    const dataDir = mkdtempSync(join(tmpdir(), 'fcfs-conformance-'));

    beforeAll(async () => {
      server = await startRedis({ dataDir, role: 'gate' });
      database = await freshDatabase();
      real = await RealWorld.open(database.url, server, layout);
    });

    afterAll(async () => {
      await real.close();
      await database.drop();
      await server.stop();
      rmSync(dataDir, { recursive: true });
    });

    /** The same random schedule on both, compared after every step. */
    async function runBeside(
      seed: number,
      profile: Profile,
      sabotage: Sabotage | null = null,
    ): Promise<Set<string>> {
      const run = explore(seed, {
        without: WITHOUT,
        times: NO_DELAYS,
        ...profile,
        timely: false,
        poison: false,
        endsAt: Number.POSITIVE_INFINITY,
      });
      const { total, mode, times } = run.campaign;
      await real.begin(total, mode, sabotage === 'NO_REOPEN_DELAY' ? 0 : times.reopenDelayMs);
      const lockstep = new Lockstep(createWorld(run.campaign), real, sabotage);
      const done: string[] = [];
      try {
        for (const step of [...run.schedule, ...run.ending]) {
          try {
            if (!(await lockstep.perform(step))) continue;
            done.push(stepText(step));
            await lockstep.compare();
          } catch (cause) {
            const where = `seed ${seed}, after\n  ${done.join('\n  ')}\nat ${stepText(step)}`;
            throw new Error(`${where}\n${(cause as Error).message}`, { cause });
          }
        }
      } finally {
        await lockstep.close();
      }
      return new Set(done.map((text) => text.split(' ')[0]!));
    }

    it.each<[Mode, number]>([
      ['ASYNC', 0],
      ['BOTH', 1_000],
    ])(
      'on a coupon in mode %s',
      async (mode, offset) => {
        console.log(`conformance ${mode}: ${RUNS} runs from seed ${FIRST_SEED + offset}`);
        const performed = new Set<string>();
        for (let i = 0; i < RUNS; i += 1) {
          for (const name of await runBeside(FIRST_SEED + offset + i, { mode })) performed.add(name);
        }
        for (const name of ['v2', 'me', 'cancel', 'read', 'commit', 'ack', 'rebuild-step', 'sweep'])
          expect(performed).toContain(name);
      },
      600_000,
    );

    /** The gate's clock and that of the API processes go as the model's does. */
    const LEASED: Profile = {
      mode: 'ASYNC',
      focus: 'reopening',
      times: { ...DEFAULT_TIMES, reclaimIdleMs: 0 },
      without: WITHOUT.filter((kind) => kind !== 'LEASES'),
    };

    it('with "sold out" said from memory', async () => {
      const runs = Math.ceil(RUNS / 2);
      console.log(`conformance with leases: ${runs} runs from seed ${FIRST_SEED + 2_000}`);
      for (let i = 0; i < runs; i += 1) await runBeside(FIRST_SEED + 2_000 + i, LEASED);
    }, 600_000);

    /**
     * Fixed seeds, so that whether a control is found does not depend on the day; and each leaves out what it does not
     * need, so that a kind of step which the product learns later does not change its schedule.
     */
    const BARE: readonly Omission[] = [
      'LEASES',
      'CANCELLATIONS',
      'RAISES',
      'DECREASES',
      'SHRINKING',
      'RECONCILIATION',
      'CUT_TAILS',
      'RESTARTS',
    ];
    const allBut = (...kinds: Omission[]) => BARE.filter((omission) => !kinds.includes(omission));

    /** Seeds whose coupon is closed and settled, since few are: the gate forgets its claims, or is kept from it. */
    const CLOSING: Profile = { focus: 'closing', without: allBut('SHRINKING', 'RECONCILIATION') };

    it.each<[Mode, number]>([
      ['ASYNC', 5],
      ['ASYNC', 94],
      ['BOTH', 1],
      ['BOTH', 115],
    ])('on a coupon in mode %s whose gate forgets its claims, seed %p', async (mode, seed) => {
      expect(await runBeside(seed, { ...CLOSING, mode })).toContain('shrink');
    });

    it('is seen to leave it where a gate forgets claims that were not looked at', async () => {
      await expect(runBeside(848, { ...CLOSING, mode: 'ASYNC' }, 'SHRINKS_UNCHECKED')).rejects.toThrow(
        /^seed/,
      );
    });

    it.each<[Sabotage, Mode, number, readonly Omission[]]>([
      ['SETTLES_ANY_EPOCH', 'ASYNC', 114, BARE],
      ['COUNTS_CLAIMS_LOADED', 'BOTH', 2, BARE],
      ['NO_FENCE', 'ASYNC', 2, BARE],
      ['CANCELS_TWICE', 'BOTH', 6, allBut('CANCELLATIONS')],
      ['DECREASES_ALONE', 'ASYNC', 333, allBut('RAISES', 'DECREASES')],
      ['DRIVES_DECIDED', 'ASYNC', 1, allBut('RECONCILIATION')],
    ])('is seen to leave it where a guard is taken away: %s', async (sabotage, mode, seed, without) => {
      const profile: Profile = { mode, focus: 'rebuild', without };
      await expect(runBeside(seed, profile)).resolves.toBeDefined();
      await expect(runBeside(seed, profile, sabotage)).rejects.toThrow(/^seed/);
    });

    it('is seen to leave it where a guard of the leases is taken away', async () => {
      const seed = 29;
      const profile = { ...LEASED, without: allBut('LEASES', 'RAISES', 'RESTARTS') };
      await expect(runBeside(seed, profile)).resolves.toBeDefined();
      const guards: Sabotage[] = ['NO_REOPEN_DELAY', 'NO_LIST', 'KEEPS_LISTS', 'IGNORES_MARK'];
      for (const guard of guards) await expect(runBeside(seed, profile, guard)).rejects.toThrow(/^seed/);
    }, 600_000);
  },
);
