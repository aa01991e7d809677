import type { ConsoleMeans } from '../actions/consoles.ts';
import { connectEngine } from '../engine/connect.ts';
import { engineTools } from '../engine/setup.ts';
import { survey } from '../engine/survey.ts';

/** What consoles and connection strings stand on: the engine, connected anew, and its command line. */
export async function openConsoleMeans(options: {
  /** `--host`; null: the usual search. */
  readonly host: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly project: () => string | null;
}): Promise<ConsoleMeans> {
  const { host, env, project } = options;
  const engine = await connectEngine({ host, env });
  const { cli, interactive } = engineTools(engine.address, { host, env });
  return {
    engine,
    cli,
    interactive,
    async survey() {
      const containers = await engine.list();
      const { access } = await survey(engine, containers, { project: project() });
      return { access, containers };
    },
  };
}
