import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type ProcessRecord, stopProcess } from './process-record.js';
import type { WatchdogOrder } from './watchdog.js';

const processes = new Map<number, ProcessRecord>();
const folders = new Set<string>();

function obey(order: WatchdogOrder): void {
  switch (order.order) {
    case 'guard':
      // Deleted first, so that a process started again counts as the youngest.
      processes.delete(order.process.pid);
      processes.set(order.process.pid, order.process);
      return;
    case 'release':
      processes.delete(order.pid);
      return;
    case 'guard-folder':
      folders.add(order.folder);
      return;
    case 'release-folder':
      folders.delete(order.folder);
      return;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  obey(JSON.parse(line));
}
for (const record of [...processes.values()].reverse()) {
  await stopProcess(record).catch(() => {});
}
for (const folder of folders) {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
}
