// `npm run doctor`: what is wrong with a deployment, or with the local stack.
import { EXIT, runDoctor } from './doctor.ts';

try {
  const { lines, exit } = await runDoctor(process.argv.slice(2), process.env);
  console.log(lines.join('\n'));
  process.exitCode = exit;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = EXIT.unreachable;
}
