export const JAVA_AND_MAVEN = 'apt-get install -y openjdk-17-jre-headless maven';

/** The one message for a machine that has no broker and no way to get one. */
export function installHint(platform: NodeJS.Platform): string {
  const packages: Partial<Record<NodeJS.Platform, string>> = {
    darwin: 'brew install openjdk@17 maven',
    linux: `Debian, Ubuntu: sudo ${JAVA_AND_MAVEN}`,
    win32: `work inside WSL: sudo ${JAVA_AND_MAVEN}`,
  };
  return [
    'This needs a Kafka broker, and none can be had. Choose one:',
    '  - start Docker; a container is then used by itself',
    `  - have Java 17 and Maven, which then fetches the broker: ${packages[platform] ?? 'install both'}`,
    '  - name a running one: KAFKA_BROKERS=host:9092',
    'Then run the command again.',
  ].join('\n');
}
