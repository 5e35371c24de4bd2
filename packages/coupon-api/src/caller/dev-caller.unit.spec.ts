import { describe, expect, it } from '@jest/globals';
import { rolesOf, userIdOf } from './dev-caller.js';

describe('callers under AUTH_MODE=dev', () => {
  it.each(['1', 'a.b_c:d|e@f-g', 'u'.repeat(64)])('are who they say: %s', (name) => {
    expect(userIdOf({ 'x-user-id': name })).toBe(name);
  });

  it('need a name', () => {
    expect(() => userIdOf({})).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    for (const name of ['', 'u'.repeat(65), 'ä', 'a b', 'a, b']) {
      expect(() => userIdOf({ 'x-user-id': name })).toThrow(
        expect.objectContaining({ code: 'VALIDATION_FAILED' }),
      );
    }
  });

  it('have the roles that mean something here', () => {
    expect([...rolesOf({ 'x-roles': ' service,admin, king' })].sort()).toEqual(['admin', 'service']);
    expect([...rolesOf({ 'x-roles': 'Admin' }), ...rolesOf({})]).toEqual([]);
  });
});
