import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseComposeFile } from '../../source/engine/compose-file.ts';
import { ensureSecrets, secretsFile } from '../../source/engine/secrets.ts';
import { containerWith } from './containers.ts';
import { odd } from './odd-passwords.ts';

test('Compose reads odd passwords back as they are', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paws-top-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const env = { XDG_STATE_HOME: folder };
  const containers = odd.map((password, at) =>
    containerWith({ container: { service: `s${at}`, project: 'odd' }, env: { KEY: password } }),
  );
  const services = odd.map((_, at) => `  s${at}: { image: x, environment: { KEY: "\${P${at}:?up}" } }`);
  const text = `services:\n${services.join('\n')}\n`;
  const file = parseComposeFile(text, {});
  if (file === null) throw new Error('the test’s own compose file is none');
  await ensureSecrets({ file, project: 'odd', env, given: {}, containers, volumes: async () => [] });

  const composeFile = join(folder, 'compose.yaml');
  writeFileSync(composeFile, text);
  const args = ['--env-file', secretsFile(env, 'odd'), '--file', composeFile, 'config', '--format', 'json'];
  const { stdout } = spawnSync('docker', ['compose', ...args], { encoding: 'utf8' });
  const read = JSON.parse(stdout).services as Record<string, { environment: { KEY: string } }>;
  // `config` prints a compose file again, in which a dollar sign is doubled.
  expect(odd.map((_, at) => read[`s${at}`]?.environment.KEY.replaceAll('$$', '$'))).toEqual(odd);
});
