// Run by a test, which kills it: starts a part, prints the folder of its sockets, and waits.
import { createProcesses } from '../../local/processes.ts';

const processes = createProcesses(console.error);
await processes.start({
  name: 'The part',
  command: 'sh',
  args: ['-c', process.argv[2] ?? ''],
  env: { PATH: process.env['PATH'] },
  cwd: '/',
  ready: 'ready',
});
console.log(processes.folder);
setInterval(() => {}, 1000);
