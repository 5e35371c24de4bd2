import { describe, expect, it } from '@jest/globals';
import { residentBytes } from './resident-memory.js';

const MEBIBYTE = 2 ** 20;

describe('the memory of a process', () => {
  it('grows by what it takes', async () => {
    const before = await residentBytes(process.pid);
    // Filled, since memory that was never written to takes no place.
    const taken = Buffer.alloc(128 * MEBIBYTE, 1);
    const after = await residentBytes(process.pid);
    expect(before).toBeGreaterThan(20 * MEBIBYTE);
    expect(after - before).toBeGreaterThan(64 * MEBIBYTE);
    expect(taken.length).toBe(128 * MEBIBYTE);
  });

  it('is not there where there is no such process', async () => {
    await expect(residentBytes(2 ** 30)).rejects.toThrow();
  });
});
