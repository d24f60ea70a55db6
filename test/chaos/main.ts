import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';

const usage = `npm run chaos -- [--cycles N] [--seed S] [--minutes M] [--from CYCLE]

Kills, freezes, cuts and fills up the service and all that it talks to while pushes come in, and checks after each
cycle that nothing was lost and nothing done twice. The same seed gives the same plan.

  --cycles   how many cycles (30)
  --seed     a whole number (chosen and printed when absent)
  --minutes  begin no cycle after so many minutes
  --from     the first cycle: together with the seed it repeats the plan of one that failed (0)
`;

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '1000000' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});
const [cycles, seed, minutes, from] = [values.cycles, values.seed, values.minutes, values.from].map(Number);
if (values.help || [cycles, seed, minutes, from].some((number) => !Number.isFinite(number))) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}
const say = (text: string) => process.stdout.write(`${text}\n`);
const logs = await mkdtemp(join(tmpdir(), 'pushledger-chaos-logs-'));
const outcome = await runCampaign({
  cycles: cycles ?? 0,
  seed: seed ?? 0,
  from: from ?? 0,
  untilMs: performance.now() + (minutes ?? 0) * 60_000,
  logs,
  say,
});
if (outcome === 'kept') rmSync(logs, { recursive: true, force: true });
else say(`The logs of the service are in ${logs}`);
process.exit(outcome === 'kept' ? 0 : 1);
