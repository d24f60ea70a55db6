import { parseArgs } from 'node:util';
import { runOverload } from './overload.ts';

const usage = `npm run overload -- [--seconds N] [--connections N]

Measures what the service takes in the long run on this machine, sends ten times as much, then opens slow connections,
then replays a captured body; and looks whether nothing that was answered 2xx is lost, memory stays bounded, and all is
as before soon after.

  --seconds      how long each load lasts (60)
  --connections  how many slow connections (2000)
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '2000' },
    help: { type: 'boolean', default: false },
  },
});
const [seconds, connections] = [Number(values.seconds), Number(values.connections)];
if (values.help || !(seconds > 0) || !(connections >= 0)) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}
const problems = await runOverload({
  seconds,
  connections,
  say: (text) => process.stdout.write(`${text}\n`),
});
for (const problem of problems) process.stdout.write(`FAILED: ${problem}\n`);
process.stdout.write(problems.length === 0 ? 'All of it was as it is to be.\n' : '');
process.exit(problems.length === 0 ? 0 : 1);
