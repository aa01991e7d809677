/**
 * Writes down what the doctor reads of a healthy stack, without its secrets:
 *
 *   node test/doctor/record.ts PROJECT > test/fixtures/doctor/healthy.json
 */

import { readStackFacts } from '../../source/doctor/facts-stack.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import { survey } from '../../source/engine/survey.ts';
import type { ContainerDetails } from '../../source/engine/types.ts';
import { createMonitor } from '../../source/monitor/monitor.ts';
import { openProbe } from '../../source/probes/probes.ts';

const project = process.argv[2] ?? 'paws';
const connect = () => connectEngine({ host: null, env: process.env });
const monitor = createMonitor({
  connect,
  survey: (engine, details) => survey(engine, details, { project }),
  openProbe,
  intervalMs: 1_000,
  deadlineMs: 900,
  now: Date.now,
});
monitor.start();
await monitor.refresh();
const view = monitor.store.get();
await monitor.stop();
if (view === null || view.report.verdict.level !== 'ok') throw new Error(`${project} is not healthy`);

const engine = await connect();
const all = await engine.list();
const { access, topology } = await survey(engine, all, { project });
const details = all.filter(({ container }) => topology.containers.some(({ name }) => name === container.name));
const facts = await readStackFacts({ engine, access, details });
engine.close();

/** What a container is given may be secret. */
const bare = (each: ContainerDetails): ContainerDetails => ({ ...each, argv: [], env: {}, labels: {} });
const seen = { snapshot: view.snapshot, report: view.report };
const text = JSON.stringify(
  { seen, machine: null, engine: null, compose: null, containers: details.map(bare), ...facts },
  null,
  1,
);
const secrets = details.flatMap(({ env }) =>
  Object.entries(env).flatMap(([name, value]) => (/PASS/.test(name) ? [value] : [])),
);
if (secrets.some((secret) => secret !== '' && text.includes(secret))) throw new Error('a secret was read');
process.stdout.write(`${text.replaceAll(project, 'paws').replaceAll(/\b172\.\d+\./g, '172.28.')}\n`);
