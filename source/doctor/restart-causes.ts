/** Why a container starts again and again, by what it says last: the first that fits, the special before the general. */
export type RestartCause = {
  readonly pattern: RegExp;
  /** The rest of a sentence: `it cannot …`. Groups of the pattern stand for `$1`. */
  readonly cause: string;
  readonly mend: string;
  readonly source: string;
};

export const restartCauses: readonly RestartCause[] = [
  {
    pattern: /Can't resolve (?:instance|master) hostname|Failed to resolve hostname '([^']+)'/,
    cause: 'Sentinel cannot resolve the host name that it is to monitor',
    mend: 'Monitor a static address instead of a name, in its configuration on the volume too.',
    source: 'https://github.com/redis/redis/issues/12753',
  },
  {
    pattern: /data directory "([^"]+)" has invalid permissions/,
    cause: 'Postgres wants its data folder $1 closed to others (0700 or 0750)',
    mend: 'chmod 0700 on that folder, as the user that Postgres runs as.',
    source: 'postgresql.org: src/backend/utils/init/miscinit.c, checkDataDir',
  },
  {
    pattern: /data directory "([^"]+)" has wrong ownership/,
    cause: 'the data folder $1 belongs to another user than Postgres runs as',
    mend: 'chown that folder to the user of the container.',
    source: 'postgresql.org: src/backend/utils/init/miscinit.c, checkDataDir',
  },
  {
    pattern: /No space left on device|could not (?:write|extend) file .*: No space|ENOSPC/i,
    cause: 'the disk is full',
    mend: 'Make room on the disk: docker system df says what takes it. Volumes hold the data, so leave those.',
    source: 'PAWS360 troubleshooting',
  },
  {
    pattern: /cluster ID mismatch|request sent was ignored.*cluster ID/i,
    cause: 'this etcd belongs to another cluster than its peers (old data, or another token)',
    mend: 'Remove the member from the cluster, empty its data folder and add it again.',
    source: 'https://etcd.io/docs/v3.5/op-guide/clustering/',
  },
  {
    pattern: /member \S+ has already been bootstrapped/,
    cause: 'this etcd lost its data, while its cluster still knows it',
    mend: 'etcdctl member remove, member add, and start it with --initial-cluster-state existing.',
    source: 'https://etcd.io/docs/v3.5/op-guide/runtime-configuration/',
  },
  {
    pattern: /the member has been permanently removed from the cluster|removed.*rejoin/i,
    cause: 'this etcd was removed from its cluster',
    mend: 'Empty its data folder and add it again: etcdctl member add.',
    source: 'https://etcd.io/docs/v3.5/op-guide/runtime-configuration/',
  },
  {
    pattern: /clock (?:difference|drift).*too high|prober found high clock drift/i,
    cause: 'the clocks of the etcd members differ',
    mend: 'Set the clock of the machine; after sleep, restart the virtual machine that the engine runs in.',
    source: 'etcd server/etcdserver/api/rafthttp/probing_status.go',
  },
  {
    pattern: /[Aa]ddress already in use|EADDRINUSE/,
    cause: 'its port is taken already',
    mend: 'Find who listens there (ss -ltnp), and stop that or change the port.',
    source: 'PAWS360 troubleshooting',
  },
  {
    pattern: /NOAUTH|WRONGPASS|MASTERAUTH|Unable to AUTH to MASTER|invalid username-password pair/,
    cause: 'Redis refuses its password, or it has none',
    mend: 'Give all nodes and Sentinels one password: requirepass, masterauth, auth-pass.',
    source: 'https://redis.io/docs/latest/operate/oss_and_stack/management/replication/',
  },
  {
    pattern:
      /Bad file format reading the append only file|Unknown AOF file type|Wrong signature trying to load DB|RDB.*(?:CRC|corrupt)/i,
    cause: 'the data of Redis is damaged',
    mend: 'redis-check-aof --fix (or redis-check-rdb) on a copy of it; or empty its volume and let it copy its master.',
    source: 'https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/',
  },
  {
    pattern: /^>>> '(.+)'$|Bad directive or wrong number of arguments/,
    cause: 'there is a mistake in the configuration of Redis: $1',
    mend: 'Mend the line that it names, on the volume too if it keeps its configuration there.',
    source: 'redis src/config.c',
  },
  {
    pattern: /(?:ModuleNotFoundError: )?No module named '?([\w.]+)'?/,
    cause: 'the Python module $1 is missing',
    mend: 'Install it into the image, from the same source as Patroni.',
    source: 'https://github.com/patroni/patroni/issues/3104',
  },
  {
    pattern: /system ID (?:mismatch|has changed)/i,
    cause: "this member's data is of another Postgres cluster than the one in etcd",
    mend: 'Empty its data folder (a replica is then copied anew); for the whole cluster patronictl remove.',
    source: 'patroni/ha.py, "system ID mismatch"',
  },
  {
    pattern: /database files are incompatible with server|initialized by PostgreSQL version (\d+)/,
    cause: 'its data was made by another version of Postgres',
    mend: 'Start it with the version that made it, dump and restore; or empty its volume.',
    source: 'postgresql.org: src/backend/utils/init/miscinit.c, ValidatePgVersion',
  },
  {
    pattern: /exec format error/i,
    cause: 'the image is for another kind of processor',
    mend: 'Build the images on this machine (paws-top up), or pull them for its architecture.',
    source: 'PAWS360 troubleshooting (ARM images)',
  },
  {
    pattern:
      /(\w+): (?:unbound variable|parameter not set)|(?:environment )?variable "?(\w+)"? (?:is )?(?:required|not set)/i,
    cause: 'the variable $1 is not set in its environment',
    mend: 'Set it in the environment of the service; paws-top up provides those of its own stack.',
    source: 'PAWS360 troubleshooting (variables not expanded)',
  },
  {
    pattern: /exec(?:utable file)?:? .*not found in \$PATH|: not found$|no such file or directory/i,
    cause: 'a file that it needs is not there',
    mend: 'Check its command and what is mounted into it.',
    source: 'tried',
  },
  {
    pattern: /[Pp]ermission denied|EACCES/,
    cause: 'it may not read or write one of its files',
    mend: 'Give the files on its volumes to the user that the container runs as.',
    source: 'PAWS360 troubleshooting',
  },
  {
    pattern: /[Oo]ut of memory|Cannot allocate memory|could not map anonymous shared memory/,
    cause: 'it does not get the memory that it needs',
    mend: 'Raise its memory limit (mem_limit), or lower what it reserves (shared_buffers, maxmemory).',
    source: 'tried',
  },
];
