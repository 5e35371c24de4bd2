import { createServer } from 'node:http';

/**
 * Stands for an application: ready at once, ends on SIGTERM, says what happens to it, shows its environment, and
 * crashes on request.
 * @param portSetting where its port is. With the same text in STUB_FAILS it fails instead of starting, and in
 *   STUB_NEVER_STOPS it stays when asked to end
 */
export function stubApp(portSetting: string): void {
  const say = (msg: string) => console.log(JSON.stringify({ level: 30, time: Date.now(), msg }));
  if (process.env.STUB_FAILS === portSetting) {
    say('the stub was told to fail');
    process.exit(3);
  }
  const server = createServer((request, response) => {
    if (request.url === '/crash') process.exit(4);
    response.statusCode = request.url === '/health/ready' || request.url === '/environment' ? 200 : 404;
    response.end(request.url === '/environment' ? JSON.stringify(process.env) : '{}');
  });
  server.listen(Number(process.env[portSetting]), '127.0.0.1', () => say('listening'));
  process.on('SIGTERM', () => {
    if (process.env.STUB_NEVER_STOPS === portSetting) return;
    say('drained');
    process.exit(0);
  });
}
