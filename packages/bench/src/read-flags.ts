import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line is not usable; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Flags, and the words between them where words are allowed. */
export function readWordsAndFlags<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
  allowPositionals: boolean,
) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function readFlags<T extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: T) {
  return readWordsAndFlags(args, options, false).values;
}

export function wholeNumber(
  flag: string,
  text: string | undefined,
  preset: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return preset;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} is a whole number from ${min} to ${max}, not "${text}".`);
}
