import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { wayTo, writeWhole } from '../../source/actions/whole-file.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'paws-whole-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('a file has its name only when it is whole, and only its owner reads it', async () => {
  const path = join(folder(), 'x.sql');
  const result = await writeWhole(path, async (file) => {
    file.write('half');
    expect(existsSync(path)).toBe(false);
    file.write(', whole');
    return 7;
  });
  expect(result).toBe(7);
  expect(readFileSync(path, 'utf8')).toBe('half, whole');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('what fails leaves nothing, and the file that was there as it was', async () => {
  const dir = folder();
  const path = join(dir, 'x.sql');
  writeFileSync(path, 'before');
  const failing = writeWhole(path, async (file) => {
    file.write('half');
    throw new Error('lost');
  });
  await expect(failing).rejects.toThrow('lost');
  expect(readdirSync(dir)).toEqual(['x.sql']);
  expect(readFileSync(path, 'utf8')).toBe('before');
});

test('two at once: the second is told, and takes nothing away', async () => {
  const path = join(folder(), 'x.sql');
  await writeWhole(path, async (file) => {
    const second = writeWhole(path, async () => expect.fail('it was let in'));
    await expect(second).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('.part') });
    expect((await wayTo(path)).obstacle).toContain('remove it first');
    file.write('first');
  });
  expect(readFileSync(path, 'utf8')).toBe('first');
});

test('where nothing can be written is said before and in the same words', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'file'), '');
  expect(await wayTo(join(dir, 'none', 'x'))).toEqual({ exists: false, obstacle: `there is no folder ${dir}/none` });
  expect(await wayTo(dir)).toEqual({ exists: true, obstacle: `${dir} is a folder` });
  expect(await wayTo(join(dir, 'file'))).toEqual({ exists: true, obstacle: null });
  const writing = writeWhole(join(dir, 'none', 'x'), async () => expect.fail('there is no folder'));
  await expect(writing).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringContaining('no such folder'),
  });
});
