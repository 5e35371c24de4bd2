import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';

/**
 * Warns where a crash of the server could take back what was committed, or what somebody has read: InnoDB shows a commit
 * to others before its log is on the disk, unless the binary log is, which comes first.
 */
export async function warnUnlessDurable(dataSource: Pick<DataSource, 'query'>): Promise<void> {
  const log = new Logger('MySQL');
  const [{ flush, binlog, sync }] = await dataSource.query(
    'SELECT @@innodb_flush_log_at_trx_commit AS flush, @@log_bin AS binlog, @@sync_binlog AS sync',
  );
  if (Number(flush) !== 1)
    log.warn(`innodb_flush_log_at_trx_commit is ${flush}. A crash loses issues unless it is 1.`);
  if (Number(binlog) !== 1 || Number(sync) !== 1)
    log.warn(
      `log_bin is ${binlog} and sync_binlog ${sync}. A crash can take back what was read unless both are 1.`,
    );
}
