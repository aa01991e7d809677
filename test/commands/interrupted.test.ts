import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import { httpEngine, standard } from '../engine/http-engine.ts';

const cli = join(import.meta.dirname, '../../source/cli.ts');

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends down within a second, though what it runs stays',
  async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'paws-top-interrupted-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const started = join(folder, 'started');
    writeFileSync(join(folder, 'docker'), `#!/bin/sh\n(trap "" TERM; touch ${started}; exec sleep 3) &\nwait\n`, {
      mode: 0o755,
    });
    const { address } = await httpEngine(standard);
    const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder };
    const child = spawn(process.execPath, [cli, 'down', '--project', 'theirs', '--host', address], { env });
    const said = text(child.stderr);
    await vi.waitFor(() => expect(existsSync(started)).toBe(true), { timeout: 10_000 });
    const began = performance.now();
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(await said).toContain('interrupted; `paws-top down` goes on from here');
  },
  15_000,
);
