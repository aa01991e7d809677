import { totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { readText } from '../engine/surroundings.ts';
import type { MachineFacts } from './facts-types.ts';

/** What this machine has. `root` is where its files are, so that a test can lay out another. Never throws. */
export function readMachineFacts(root = '/'): MachineFacts {
  const inotify = (name: string) => numberOf(readText(join(root, 'proc/sys/fs/inotify', name)));
  return {
    platform: process.platform,
    memoryBytes: totalmem(),
    availableBytes: process.availableMemory() || null,
    inotifyInstances: inotify('max_user_instances'),
    inotifyWatches: inotify('max_user_watches'),
  };
}

function numberOf(text: string | null): number | null {
  const value = Number.parseInt(text ?? '', 10);
  return Number.isNaN(value) ? null : value;
}
