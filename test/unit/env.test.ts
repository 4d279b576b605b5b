import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// `wrangler types --check` compares the hash in the head of the file and never reads what follows.
test('src/env.d.ts is as wrangler wrote it', () => {
  const file = readFileSync(join(import.meta.dirname, '../../src/env.d.ts'), 'utf8');
  const [, hash, types] = /\(hash: (\w+)\)\n(.*)$/s.exec(file)!;
  expect(createHash('sha256').update(types!).digest('hex')).toMatch(new RegExp(`^${hash}`));
});
