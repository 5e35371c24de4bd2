import { join } from 'node:path';
import { readJson, writeJson } from '../json-file.js';
import { randomSecret } from '../random-secret.js';

export interface Secrets {
  RECEIPT_SECRET: string;
  JWT_SECRET: string;
}

/** Made once per stack folder, so that a receipt or token of yesterday is still good after a restart. */
export function secretsOf(folder: string): Secrets {
  const file = join(folder, 'secrets.json');
  const known = readJson<Partial<Secrets>>(file);
  const secrets = {
    RECEIPT_SECRET: known?.RECEIPT_SECRET ?? randomSecret(),
    JWT_SECRET: known?.JWT_SECRET ?? randomSecret(),
  };
  if (!known?.RECEIPT_SECRET || !known.JWT_SECRET) writeJson(file, secrets);
  return secrets;
}
