import { memberConfig } from '../engine/config.ts';
import type { Access, ContainerDetails, Engine } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { failure, socketFailure } from '../probes/failures.ts';
import { type Fields, fieldsOf, isFields, textOf } from '../probes/fields.ts';
import { openJsonClient } from '../probes/http.ts';
import { parsePatroni } from '../probes/patroni.ts';
import { plain } from '../stack/format.ts';
import { readPostgres } from './facts-postgres.ts';
import type { PatroniFacts } from './facts-types.ts';
import { askDeadlineMs, type Unread } from './facts-unread.ts';

export type Asked = { readonly engine: Engine; readonly access: Access; readonly details: ContainerDetails };

/**
 * One Patroni member: its REST interface, the Postgres behind it, and `patronictl` in its container where `tryCtl` says
 * so. null when it does not even say what it is.
 */
export async function readPatroni(asked: Asked, tryCtl: boolean, unread: Unread): Promise<PatroniFacts | null> {
  const { access, details, engine } = asked;
  const { name } = access.member;
  const [rest, postgres, patronictl] = await Promise.all([
    unread.attempt(`What ${name} says of itself and its settings`, () => readRest(access)),
    unread.attempt(`What the Postgres of ${name} is set to`, () => readPostgres(access)),
    tryCtl
      ? unread.attempt(`Whether patronictl works in ${name}`, () => tryPatronictl(engine, details.container.id))
      : null,
  ]);
  if (rest === null && postgres === null && patronictl === null) return null;
  const usesRewind = rest?.config == null ? null : await rewindOf(asked, rest.config, unread);
  return {
    member: name,
    config: rest?.config ?? null,
    pendingRestart: rest?.pendingRestart ?? null,
    timeline: rest?.timeline ?? null,
    streaming: rest?.streaming ?? false,
    usesRewind,
    postgres,
    patronictl,
  };
}

type Rest = Pick<PatroniFacts, 'config' | 'pendingRestart' | 'timeline' | 'streaming'>;

async function readRest(access: Access): Promise<Rest> {
  const subject = subjectOf(access.member.name, access.endpoint);
  if (access.endpoint === null) throw failure('unreachable', subject, undefined, 'no published port, no address');
  const client = openJsonClient(access.endpoint, access.tls, subject);
  const signal = AbortSignal.timeout(askDeadlineMs);
  try {
    // Its status is 503 wherever it is not the primary; `/config` has none without a DCS.
    const [own, config] = await Promise.all([client.get('/patroni', signal), client.get('/config', signal)]);
    const claim = parsePatroni(own.body, subject);
    return {
      config: config.status === 200 && isFields(config.body) ? config.body : null,
      pendingRestart: claim.pendingRestart ? reasonsOf(fieldsOf(own.body)) : null,
      timeline: claim.timeline,
      streaming: claim.replicationState === 'streaming' || claim.state === 'streaming',
    };
  } catch (error) {
    if (signal.aborted) throw failure('timeout', subject, error);
    throw socketFailure(subject, error);
  } finally {
    client.close();
  }
}

/** Patroni 4 tells them (docs/rest_api.rst, `pending_restart_reason`); before that there are none. */
function reasonsOf(own: Fields): NonNullable<PatroniFacts['pendingRestart']> {
  const reasons = Object.entries(fieldsOf(own.pending_restart_reason));
  return Object.fromEntries(
    reasons.map(([name, reason]) => {
      const { old_value: before, new_value: after } = fieldsOf(reason);
      return [name, { old: textOf(before), new: textOf(after) }];
    }),
  );
}

/** A member's own file wins over the settings in etcd (docs/patroni_configuration.rst), but says nothing of it usually. */
async function rewindOf({ engine, details, access }: Asked, config: Fields, unread: Unread): Promise<boolean | null> {
  const shared = fieldsOf(config.postgresql).use_pg_rewind;
  if (typeof shared === 'boolean') return shared;
  const what = `Whether ${access.member.name} uses pg_rewind`;
  const own = await unread.attempt(what, () => memberConfig(engine, details, 'patroni'));
  if (own?.file == null) {
    if (own !== null) unread.say(`${what}: etcd does not tell, and its own file was not found`);
    return null;
  }
  return fieldsOf(own.file.postgresql).use_pg_rewind === true;
}

/** Python takes its modules in before it looks at the arguments, so asking for the version is enough to miss one. */
async function tryPatronictl(engine: Engine, id: string): Promise<PatroniFacts['patronictl']> {
  const { exitCode, output } = await engine.control.command(id, ['patronictl', 'version']);
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== '');
  return { works: exitCode === 0, said: plain(lines.at(-1) ?? '').slice(0, 200) };
}
