import { join } from 'node:path';
import { ProcessGroup } from '../processes/process-group.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import { startRedis } from '../servers/start-redis.js';

/** Starts a server in a temporary folder, says so, and waits to be killed; with `leave` it ends by itself. */
const folder = temporaryFolder('owner');
const redis = await startRedis({ dataDir: join(folder.path, 'data'), role: 'cache' }, new ProcessGroup());
console.log(JSON.stringify({ folder: folder.path, pid: redis.pid }));
if (process.argv[2] === 'leave') process.exit(0);
