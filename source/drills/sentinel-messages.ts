import { memberAt } from '../stack/members.ts';
import type { Member } from '../stack/topology.ts';
import type { Signal } from './types.ts';

export type SentinelMessage = { readonly channel: string; readonly message: string };
export type Meaning = Pick<Signal, 'kind' | 'text' | 'leader'>;
/** Who is who: Redis members by address, Sentinels by the id that they vote with. */
export type Known = { readonly redis: readonly Member[]; readonly sentinels: ReadonlyMap<string, string> };

/**
 * What a Sentinel's message says, or null where it is not worth a line. Formats: redis src/sentinel.c, sentinelEvent and
 * docs/management/sentinel.md, "Pub/sub messages".
 */
export function readMessage({ channel, message }: SentinelMessage, known: Known): Meaning | null {
  const words = message.split(' ');
  const [kind = '', first = '', ip = '', port = ''] = words;
  const nameAt = (address: string) => memberAt(known.redis, address)?.name ?? address;
  const subject = nameAt(addressOf(ip, port));
  const note = (text: string): Meaning => ({ kind: 'note', text });
  /** The same Sentinels may watch other masters too: what happens to those is no moment of ours. */
  const mine = (memberIp: string | undefined, memberPort: string | undefined, meaning: Meaning): Meaning =>
    memberAt(known.redis, addressOf(memberIp, memberPort)) === null ? note(meaning.text) : meaning;

  if (channel === '+switch-master') {
    // `name old-ip old-port new-ip new-port`
    const [, oldIp, oldPort, newIp, newPort] = words;
    const [from, to] = [nameAt(addressOf(oldIp, oldPort)), nameAt(addressOf(newIp, newPort))];
    return mine(newIp, newPort, { kind: 'elected', text: `${to} is master instead of ${from}`, leader: to });
  }
  if (channel === '+new-epoch' || channel === '+vote-for-leader') {
    if (channel === '+new-epoch') return null;
    return note(`vote for ${known.sentinels.get(kind) ?? 'another Sentinel'} in epoch ${first}`);
  }
  if (channel === '+tilt') return note('in TILT: its clock jumped, it does not act for 30 s');
  if (channel === '-tilt') return note('out of TILT');

  if (kind === 'master') {
    if (channel === '+sdown') return mine(ip, port, { kind: 'detected', text: `${subject} does not answer` });
    if (channel === '+odown')
      return mine(ip, port, { kind: 'detected', text: `agreed that ${subject} is down (${quorumOf(words)})` });
    const said = ofMaster[channel];
    return said === undefined ? null : note(said(subject));
  }
  if (kind === 'slave') {
    if (channel === '+promoted-slave')
      return mine(ip, port, { kind: 'elected', text: `${subject} is promoted`, leader: subject });
    const said = ofReplica[channel];
    return said === undefined ? null : note(said(subject));
  }
  if (kind === 'sentinel') {
    const peer = known.sentinels.get(first) ?? 'another Sentinel';
    if (channel === '+sdown') return note(`${peer} does not answer`);
    if (channel === '-sdown') return note(`${peer} answers again`);
    if (channel === '+config-update-from') return note(`learned of the failover from ${peer}`);
  }
  return null;
}

const addressOf = (ip = '', port = ''): string => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;

/** `… #quorum 2/2`. */
const quorumOf = (words: readonly string[]): string => `${words.at(-1) ?? ''} votes`;

type Say = (subject: string) => string;

const ofMaster: Readonly<Record<string, Say>> = {
  '-sdown': (master) => `${master} answers again`,
  '-odown': (master) => `no longer agreed that ${master} is down`,
  '+try-failover': (master) => `failover of ${master} begins`,
  '+elected-leader': (master) => `elected to fail ${master} over`,
  '+failover-detected': () => 'a failover was seen that no Sentinel led',
  '+failover-end': (master) => `failover of ${master} done`,
  '+failover-end-for-timeout': (master) => `failover of ${master} ended by its timeout, replicas still to follow`,
  '-failover-abort-not-elected': () => 'failover given up: not elected',
  '-failover-abort-no-good-slave': () => 'failover given up: no replica is good enough',
  '-failover-abort-slave-timeout': () => 'failover given up: the replica was not promoted in time',
  '-failover-abort-master-is-back': (master) => `failover given up: ${master} is back`,
};

const ofReplica: Readonly<Record<string, Say>> = {
  '+sdown': (replica) => `${replica} does not answer`,
  '-sdown': (replica) => `${replica} answers again`,
  '+selected-slave': (replica) => `${replica} is selected`,
  '+slave-reconf-sent': (replica) => `${replica} is told to follow`,
  '+slave-reconf-done': (replica) => `${replica} follows`,
  '+convert-to-slave': (replica) => `${replica} is made a replica`,
  '+fix-slave-config': (replica) => `${replica} is told to follow the right master`,
  '+reboot': (replica) => `${replica} was restarted`,
};

const memoryMs = 10_000;

/** Whether to tell it: what one Sentinel says after another, within 10 s, was told already; the same one again is news. */
export function onceForAll(): (sentinel: string, words: string, at: number) => boolean {
  const told = new Map<string, { readonly at: number; readonly by: Set<string> }>();
  return (sentinel, words, at) => {
    const before = told.get(words);
    if (before !== undefined && at - before.at < memoryMs && !before.by.has(sentinel)) {
      before.by.add(sentinel);
      return false;
    }
    told.set(words, { at, by: new Set([sentinel]) });
    return true;
  };
}
