import { numberOf } from '../probes/fields.ts';
import { fieldsOfReply } from '../probes/sentinel.ts';
import { StackError } from '../stack/errors.ts';
import { mostNamed } from '../stack/members.ts';
import { masterSeen, nodeAt, openNodes, replicationOf } from './redis-nodes.ts';
import { mastersAmong } from './redis-settle.ts';
import { onlyMaster } from './sentinel-failover.ts';
import type { ActionMeans } from './types.ts';
import { until } from './until.ts';

/** After a reset it asks the master at once, and hears of the others by their greetings every 2 s. */
const againDeadlineMs = 20_000;

/**
 * Has every Sentinel that answers forget all but the master, one after the other, each only once the one before sees the
 * same master, its replicas and the other Sentinels again. @throws StackError where the Sentinels do not agree on a master that says so itself
 */
export async function resetSentinels(
  means: Pick<ActionMeans, 'access'>,
  { say, signal }: { readonly say: (text: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const nodes = openNodes(await means.access());
  try {
    const asked = await Promise.all(
      nodes.sentinels.map(async (node) => {
        const name = await onlyMaster(node.session).catch(() => null);
        return name === null ? [] : [{ node, name, address: await masterSeen(node, name) }];
      }),
    );
    const sentinels = asked.flat();
    const masters = await mastersAmong(nodes.redis);
    const named = mostNamed(sentinels.map(({ address }) => nodeAt(masters, address)))?.value;
    if (named === undefined) {
      throw new StackError(
        'precondition',
        'the Sentinels name no master that says so itself: they are left as they are',
      );
    }
    const following = (await replicationOf(named)).replicas.length;
    for (const { node, name } of sentinels) {
      signal.throwIfAborted();
      await node.session.ask(['sentinel', 'reset', name]);
      const again = async (): Promise<true | null> => {
        const [reply] = await node.session.ask(['sentinel', 'master', name]);
        const fields = fieldsOfReply(reply);
        const others = numberOf(fields['num-other-sentinels']);
        const replicas = numberOf(fields['num-slaves']);
        if (others < sentinels.length - 1 || replicas < following) return null;
        return nodeAt(nodes.redis, await masterSeen(node, name)) === named ? true : null;
      };
      const what = `${node.member.name} sees ${named.member.name} again`;
      await until(again, { everyMs: 200, deadlineMs: againDeadlineMs, what });
      say(`${node.member.name} has forgotten who is gone, and sees ${named.member.name}`);
    }
  } finally {
    nodes.close();
  }
}
