import { installHint } from './kafka-hint.js';

export type KafkaSource = { from: 'docker' } | { from: 'maven'; java: string; maven: string };

/** What the choice depends on. */
export interface KafkaMachine {
  platform: NodeJS.Platform;
  dockerAnswers(): boolean;
  /** A Java of 17 or newer. */
  findJava(): string | undefined;
  findMaven(): string | undefined;
  /** Whether packages can be installed without asking anybody: Debian or Ubuntu, as root. */
  canInstall(): boolean;
  installJavaAndMaven(): Promise<void>;
}

/**
 * Where a private broker comes from: Docker, else Apache's jars by Maven, which the distribution has where it is not
 * there.
 * @throws one message with the choices
 */
export async function findKafkaSource(machine: KafkaMachine): Promise<KafkaSource> {
  if (machine.dockerAnswers()) return { from: 'docker' };
  const found = byMaven(machine);
  if (found) return found;
  if (machine.canInstall()) {
    await machine.installJavaAndMaven();
    const installed = byMaven(machine);
    if (installed) return installed;
  }
  throw new Error(installHint(machine.platform));
}

function byMaven(machine: KafkaMachine): KafkaSource | undefined {
  const java = machine.findJava();
  const maven = machine.findMaven();
  return java && maven ? { from: 'maven', java, maven } : undefined;
}
