import { withoutSecrets } from '../logging/process-log.js';
import { secretsIn } from '../logging/secrets-in.js';

/**
 * What keeps a process from starting, in the words of whoever has to change it; without a stack, and without anything
 * that is secret in `env`.
 */
export function bootFailure(cause: unknown, portSetting: string, env: NodeJS.ProcessEnv): string {
  return withoutSecrets(inWords(cause, portSetting), secretsIn(env));
}

function inWords(cause: unknown, portSetting: string): string {
  const { code, port, address, message } = (cause ?? {}) as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${address} is in use by another process. Set ${portSetting} to another port.`;
    case 'EACCES':
      return `Port ${port} of ${address} may not be used by this account. Set ${portSetting} to another port.`;
    case 'EADDRNOTAVAIL':
      return `${address} is not an address of this machine. Set HOST to one that is.`;
    default:
      return message ?? String(cause);
  }
}
