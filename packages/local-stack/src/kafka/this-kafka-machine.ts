import { spawnSync } from 'node:child_process';
import type { ProcessGroup } from '../processes/process-group.js';
import { findBinary } from '../servers/find-binary.js';
import { thisMachine } from '../servers/this-machine.js';
import { JAVA_AND_MAVEN } from './kafka-hint.js';
import type { KafkaMachine } from './kafka-source.js';

const JAVA_MIN = 17;
const VERSION_WAIT_MS_MAX = 20_000;

/** The machine this process runs on. */
export function kafkaMachine(group: ProcessGroup, logFile: string): KafkaMachine {
  const machine = thisMachine(group, logFile);
  return {
    platform: machine.platform,
    dockerAnswers: machine.dockerAnswers,
    canInstall: machine.canInstall,
    findMaven: () => machine.findBinary(['mvn']),
    findJava: () => {
      const java =
        machine.findBinary(['java']) ??
        findBinary(['java'], process.env.JAVA_HOME && `${process.env.JAVA_HOME}/bin`);
      return java && javaVersion(java) >= JAVA_MIN ? java : undefined;
    },
    installJavaAndMaven: () => machine.installPackages(JAVA_AND_MAVEN),
  };
}

/** The first number of a version, as in `openjdk version "17.0.15"`; 0 where it says none. */
function javaVersion(java: string): number {
  const { stderr = '' } = spawnSync(java, ['-version'], { encoding: 'utf8', timeout: VERSION_WAIT_MS_MAX });
  return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
}
