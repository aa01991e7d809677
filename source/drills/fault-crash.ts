import type { Control } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { effectTime } from './network-rules.ts';
import type { Target } from './types.ts';

/**
 * Needs a shell and /proc, nothing else: the postmaster is the postgres process whose parent is none. Exit code 3: there
 * is none; 1: it may not be killed by this user.
 */
const script = `
is_postgres() { { read -r comm <"/proc/$1/comm"; } 2>/dev/null && [ "$comm" = postgres ] || [ "$comm" = postmaster ]; }
for folder in /proc/[0-9]*; do
  pid=\${folder#/proc/} parent= comm=
  is_postgres "$pid" || continue
  while read -r key value; do
    if [ "$key" = PPid: ]; then parent=$value; fi
  done <"$folder/status"
  comm=
  is_postgres "$parent" && continue
  kill -9 "$pid" || exit 1
  echo "at $(date +%s.%N)"
  exit 0
done
exit 3`;

/**
 * Kills the postmaster with SIGKILL, as the container's own user, else as root. Resolves with the time, epoch ms by the
 * engine's clock where its `date` tells fractions. Throws `rejected` where there is none, or it can't be killed.
 */
export async function crashPostgres(control: Control, target: Target): Promise<number> {
  const before = Date.now();
  const argv = ['sh', '-c', script];
  let { exitCode, output } = await control.command(target.containerId, argv);
  if (exitCode === 1) ({ exitCode, output } = await control.command(target.containerId, argv, { root: true }));
  if (exitCode === 0) return effectTime(output) ?? before;
  const why = exitCode === 3 ? 'there is none' : output.trim().split('\n').at(-1) || `exit code ${exitCode}`;
  throw new StackError('rejected', `the postgres process of ${target.name} could not be killed: ${why}`);
}
