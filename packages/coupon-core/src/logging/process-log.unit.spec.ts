import { describe, expect, it } from '@jest/globals';
import { processLog } from './process-log.js';

const SECRET = 'a "quoted" secret of this test';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl';

describe('processLog', () => {
  const lines: string[] = [];
  const log = processLog(
    { service: 'a-service', level: 'info', secrets: [SECRET] },
    { write: (line) => void lines.push(line) },
  );

  it('says nothing secret, wherever in a line it stands, and stays JSON', () => {
    lines.length = 0;
    const cause = Object.assign(new Error(`redis://user:pass%40word@host:1/0 with ${TOKEN}`), {
      command: { name: 'auth', args: [SECRET] },
    });
    log.error({ err: cause, deep: { headers: { authorization: `Bearer ${TOKEN}` } } }, `it was ${SECRET}`);
    log.info('mysql://:lonely@host/db');
    expect(lines).toHaveLength(2);
    for (const hidden of ['pass%40word', 'lonely', TOKEN, SECRET, 'quoted']) {
      expect(lines.join('')).not.toContain(hidden);
    }
    const [fault] = lines.map((line) => JSON.parse(line));
    expect(fault).toMatchObject({
      service: 'a-service',
      level: 50,
      msg: 'it was [removed]',
      err: { message: 'redis://user:[removed]@host:1/0 with [removed]', command: { args: ['[removed]'] } },
    });
  });

  it('leaves addresses without a password, times and stacks as they are', () => {
    lines.length = 0;
    const text = 'http://127.0.0.1:8080/v1?at=a@b file:///a/b.js:10:20 12:30:10 mysql://root@host:3306/db';
    log.info(text);
    expect(JSON.parse(lines[0]!).msg).toBe(text);
  });
});
