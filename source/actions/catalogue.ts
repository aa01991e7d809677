import { backupAction } from './backup.ts';
import { containerActions } from './container-actions.ts';
import { recreateActions } from './container-recreate.ts';
import { etcdActions } from './etcd-actions.ts';
import { etcdSnapshot } from './etcd-snapshot.ts';
import { patroniEdit } from './patroni-edit.ts';
import { patroniModeActions } from './patroni-mode.ts';
import { patroniReinitialise } from './patroni-reinitialise.ts';
import { patroniRestartActions } from './patroni-restart.ts';
import { patroniSwitch } from './patroni-switch.ts';
import { restoreAction } from './restore.ts';
import { rollingRestarts } from './rolling-restart.ts';
import { sentinelActions } from './sentinel-actions.ts';
import { freezeActions } from './stack-freeze.ts';
import { upDownActions } from './stack-up-down.ts';
import type { Action } from './types.ts';

/** Every action there is, but for those that a compose file's profiles make. In the order of menus. */
export const catalogue: readonly Action[] = [
  ...containerActions,
  ...recreateActions,
  ...patroniRestartActions,
  patroniReinitialise,
  patroniSwitch,
  ...rollingRestarts,
  patroniEdit,
  ...patroniModeActions,
  backupAction,
  restoreAction,
  ...etcdActions,
  etcdSnapshot,
  ...sentinelActions,
  ...freezeActions,
  ...upDownActions,
];
