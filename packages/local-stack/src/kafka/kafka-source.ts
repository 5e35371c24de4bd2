import { installHint } from './kafka-hint.js';

export type JavaAndMaven = { from: 'maven'; java: string; maven: string };
export type KafkaSource = { from: 'docker' } | JavaAndMaven;

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
  const found = await findJavaAndMaven(machine);
  if (found) return found;
  throw new Error(installHint(machine.platform));
}

/** As above where no container will do; `undefined` where they are neither there nor to be installed. */
export async function findJavaAndMaven(machine: KafkaMachine): Promise<JavaAndMaven | undefined> {
  const found = javaAndMaven(machine);
  if (found || !machine.canInstall()) return found;
  await machine.installJavaAndMaven();
  return javaAndMaven(machine);
}

function javaAndMaven(machine: KafkaMachine): JavaAndMaven | undefined {
  const java = machine.findJava();
  const maven = machine.findMaven();
  return java && maven ? { from: 'maven', java, maven } : undefined;
}
