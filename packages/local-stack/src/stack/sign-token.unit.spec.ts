import { describe, expect, it } from '@jest/globals';
import { signToken } from './sign-token.js';

describe('signToken', () => {
  it('signs as other programs do', () => {
    // Made by another implementation: openssl dgst -sha256 -mac HMAC.
    expect(signToken({ sub: '42', exp: 1_800_000_000 }, 'Zx81-0123456789-abcdefghijklmnop')).toBe(
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImV4cCI6MTgwMDAwMDAwMH0.WW5EPrUi8_4b7WB5hzUtmwe0unnA4r1hcjL6CMDZf7A',
    );
  });
});
