// npm run test:crash -- --runs 20 [--seed S]: so many rounds on one stack, with what each hit. Exit code 1 on the first fault,
// and when many rounds never met one of the disruptions.
import { parseArgs } from 'node:util';
import { startCrashStack } from './crashStack.ts';
import { DISRUPTIONS, planRound } from './plan.ts';
import { playRound } from './playRound.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' }, seed: { type: 'string' } } });
const runs = Number(values.runs);
const firstSeed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);

const stack = await startCrashStack();
let passed = 0;
const hits = new Map<string, number>();
try {
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
    const startedAt = performance.now();
    const round = await playRound(stack, planRound(seed));
    for (const hit of round.hits) hits.set(hit, (hits.get(hit) ?? 0) + 1);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const readAgain = round.readAgain
      .map(({ what, pages, atMost }) => `${what} ${pages} of at most ${atMost}`)
      .join(', ');
    console.log(
      `seed ${seed}: ${round.faults.length === 0 ? 'passed' : 'FAILED'} in ${seconds} s; hit by ${round.hits.join(', ') || 'nothing'}; ` +
        `export pages read again: ${readAgain || 'none'}`,
    );
    for (const fault of round.faults.slice(0, 20)) console.log(`  ${fault}`);
    if (round.faults.length > 0) break;
    passed += 1;
  }
} finally {
  await stack.stop();
}
const counts = DISRUPTIONS.map((what) => `${what} ${hits.get(what) ?? 0}`).join(', ');
console.log(`${passed} of ${runs} rounds passed; runs under way were hit by: ${counts}.`);
const isOneMissing = runs >= 20 && DISRUPTIONS.some((what) => !hits.has(what));
process.exit(passed === runs && !isOneMissing ? 0 : 1);
