/** The dead-man as its own program; the command does the same for `heal --dead-man`. argv[2]: the order. */
import { type DeadManOrder, deadMan } from '../../source/drills/dead-man.ts';

const order = JSON.parse(process.argv[2] ?? '') as DeadManOrder;
const { env } = process;
await deadMan({
  ...order,
  env,
  means: async () => {
    const [{ connectEngine }, { mender }] = await Promise.all([
      import('../../source/engine/connect.ts'),
      import('../../source/drills/mender.ts'),
    ]);
    return { connect: (host) => connectEngine({ host, env }), mend: mender(async () => []) };
  },
});
process.exit(0);
