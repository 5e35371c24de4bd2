import { describe, expect, it } from '@jest/globals';
import { DevCallers } from './dev-callers.js';

describe('callers under AUTH_MODE=dev', () => {
  const callers = new DevCallers();
  const named = (name: string) => callers.callerOf({ 'x-user-id': name });

  it.each(['1', 'a.b_c:d|e@f-g', 'u'.repeat(64)])('are who they say: %s', (name) => {
    expect(named(name).userId).toBe(name);
  });

  it('need a name', () => {
    expect(() => callers.callerOf({})).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    for (const name of ['', 'u'.repeat(65), 'ä', 'a b', 'a, b']) {
      expect(() => named(name)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
    }
  });

  it('have the roles that mean something here', () => {
    const roles = (text?: string) => [...callers.callerOf({ 'x-user-id': '1', 'x-roles': text }).roles];
    expect(roles(' service,admin, king').sort()).toEqual(['admin', 'service']);
    expect([...roles('Admin'), ...roles()]).toEqual([]);
  });

  it('are not asked for tokens', () => {
    expect(() => callers.callerOf({ authorization: 'Bearer a.b.c' })).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', challenge: undefined }),
    );
  });
});
