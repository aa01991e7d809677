import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keysMarkdown } from '../source/keys/markdown.ts';

const readme = join(import.meta.dirname, '..', 'README.md');
const block = /(<!-- keys:start -->\n)[\s\S]*(<!-- keys:end -->)/;

/** `npm run readme` runs this with -u, which writes the file. */
test('the README lists the keys as they are', async () => {
  const text = readFileSync(readme, 'utf8');
  expect(text).toMatch(block);
  await expect(
    text.replace(block, (_, start, end) => `${start}\n${keysMarkdown().trim()}\n\n${end}`),
  ).toMatchFileSnapshot(readme);
});
