import { describe, expect, it } from '@jest/globals';
import { findJavaAndMaven, findKafkaSource, type KafkaMachine } from './kafka-source.js';

const bare: KafkaMachine = {
  platform: 'linux',
  dockerAnswers: () => false,
  findJava: () => undefined,
  findMaven: () => undefined,
  canInstall: () => false,
  installJavaAndMaven: async () => undefined,
};
const both = { findJava: () => '/java', findMaven: () => '/mvn' };

describe('findKafkaSource', () => {
  it('takes Docker first, then what Maven fetches', async () => {
    const machine = { ...bare, ...both };
    expect(await findKafkaSource({ ...machine, dockerAnswers: () => true })).toEqual({ from: 'docker' });
    expect(await findKafkaSource(machine)).toEqual({ from: 'maven', java: '/java', maven: '/mvn' });
  });

  it('installs Java and Maven where it may', async () => {
    let isThere = false;
    const source = await findKafkaSource({
      ...bare,
      canInstall: () => true,
      installJavaAndMaven: async () => {
        isThere = true;
      },
      findJava: () => (isThere ? '/java' : undefined),
      findMaven: () => (isThere ? '/mvn' : undefined),
    });
    expect(source).toMatchObject({ from: 'maven' });
  });

  it.each([
    ['neither', {}],
    ['Java alone', { findJava: () => '/java' }],
    ['what cannot be installed', { canInstall: () => true }],
  ])('names the choices where there is %s', async (_, has) => {
    await expect(findKafkaSource({ ...bare, ...has })).rejects.toThrow(
      /Docker[\s\S]*Maven[\s\S]*KAFKA_BROKERS/,
    );
  });
});

describe('findJavaAndMaven', () => {
  it('takes no container for them, and is content where they cannot be had', async () => {
    const machine = { ...bare, dockerAnswers: () => true };
    expect(await findJavaAndMaven({ ...machine, ...both })).toMatchObject({ java: '/java', maven: '/mvn' });
    expect(await findJavaAndMaven(machine)).toBeUndefined();
  });
});
