import type { MessageBroker, ReceivedMessage } from './broker.js';

export const deadLetterTopic = (topic: string): string => `${topic}.dlt`;

/** Puts a message aside in the topic `….dlt`, as it came and with what was wrong, under its own key. */
export async function sendToDeadLetters(
  broker: MessageBroker,
  message: ReceivedMessage,
  cause: unknown,
  attempts: number,
): Promise<void> {
  const { topic, key } = message;
  const text = cause instanceof Error ? cause.message : String(cause);
  const value = JSON.stringify({ ...message, cause: text, attempts, at: Date.now() });
  await broker.publish(deadLetterTopic(topic), [{ key, value }]);
}
