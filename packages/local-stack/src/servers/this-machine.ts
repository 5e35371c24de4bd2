import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { ProcessGroup } from '../processes/process-group.js';
import { findBinary } from './find-binary.js';
import { installCommandFor } from './install-hint.js';
import type { Machine } from './server-source.js';

const DOCKER_WAIT_MS_MAX = 20_000;
const INSTALL_GRACE_MS = 60_000;
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/** The machine this process runs on. Its installations are processes of the group, with output in the log file. */
export function thisMachine(
  group: ProcessGroup,
  logFile: string,
): Machine & { installPackages(line: string): Promise<void> } {
  const apt = async (line: string) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const args = line.split(' ').slice(1);
    await group.run({ name: 'apt-get', command: 'apt-get', args, graceMs: INSTALL_GRACE_MS, logFile, env });
  };
  const installPackages = (line: string) =>
    withoutStartingServices(async () => {
      console.log(`Installing: ${line} (log: ${logFile})`);
      await apt('apt-get update');
      await apt(line);
    });
  return {
    platform: process.platform,
    findBinary: (names) => findBinary(names),
    dockerAnswers,
    canInstall: () => process.getuid?.() === 0 && findBinary(['apt-get']) !== undefined,
    install: (kind) => installPackages(installCommandFor(kind)),
    installPackages,
  };
}

/** A docker client without an engine is common, so the engine itself is asked. */
function dockerAnswers(): boolean {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: DOCKER_WAIT_MS_MAX });
    return true;
  } catch {
    return false;
  }
}

/** Debian starts a server it installs, unless this file says no. Ours is a private one. */
async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  if (existsSync(POLICY_FILE)) return work();
  writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await work();
  } finally {
    rmSync(POLICY_FILE, { force: true });
  }
}
