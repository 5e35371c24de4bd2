import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES_MAX = 16_384;

/** The last lines of a text file; none when the file cannot be read. Reads only its end, however long it is. */
export function lastLines(file: string, count: number): string[] {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const size = fstatSync(handle).size;
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES_MAX));
    readSync(handle, tail, 0, tail.length, size - tail.length);
    const lines = tail.toString('utf8').trimEnd().split('\n');
    return lines.filter((line) => line !== '').slice(-count);
  } finally {
    closeSync(handle);
  }
}
