// `npm run connect`: connects a workspace from the shell. What is secret is typed unseen or comes from the environment, never from
// an argument, so that it stands in no history and in no list of processes.
import { runConnect } from './connectActions.ts';

try {
  console.log((await runConnect(process.argv.slice(2), process.env)).join('\n'));
} catch (error) {
  const isInterrupted = error instanceof Error && error.name === 'ExitPromptError';
  console.error(isInterrupted ? 'Nothing was done.' : error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
