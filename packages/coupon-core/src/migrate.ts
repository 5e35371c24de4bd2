import { z } from 'zod';
import { migrate } from './adapters/mysql/migrate.js';
import { coreEnvironment, parseEnvironment } from './config.js';
import { withoutSecrets } from './logging/process-log.js';
import { secretsIn } from './logging/secrets-in.js';

/** The `migrate` command: brings the schema of MYSQL_URL up to date and says what it did. */
try {
  const { MYSQL_URL } = parseEnvironment(
    z.object({ MYSQL_URL: coreEnvironment.shape.MYSQL_URL }),
    process.env,
  );
  const done = await migrate(MYSQL_URL);
  console.log(done.length === 0 ? 'The schema is up to date.' : `Migrated: ${done.join(', ')}`);
  process.exit(0);
} catch (cause) {
  console.error(withoutSecrets(`migrate: ${(cause as Error).message}`, secretsIn(process.env)));
  process.exit(1);
}
