import { parseArgs } from 'node:util';
import { deliveryTarget } from './deliveries.ts';
import { eventTarget } from './events.ts';
import { startNetworkTargets } from './network.ts';
import { fuzz } from './run.ts';
import type { Target } from './target.ts';

const usage = `npm run fuzz -- [--cases N] [--seed S] [--only TARGET]

Changes deliveries, stored events, requests to the API and HTTP itself, and looks whether the answer is one that we
mean to give. The same seed gives the same cases.

  --cases  how many, over all targets (20000)
  --seed   a whole number (chosen and printed when absent)
  --only   deliveries, stored events, api or framing
`;

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [cases, seed] = [Number(values.cases), Number(values.seed)];
const names = ['deliveries', 'stored events', 'api', 'framing'];
const isUsed = Number.isInteger(cases) && Number.isInteger(seed) && names.includes(values.only ?? 'api');
if (values.help || !isUsed) {
  process.stdout.write(usage);
  process.exit(values.help ? 0 : 2);
}
const say = (text: string) => process.stdout.write(`${text}\n`);
const wanted = names.filter((name) => values.only === undefined || name === values.only);
say(`seed ${seed}, ${cases} cases`);

const targets: Target[] = [];
if (wanted.includes('deliveries')) targets.push(await deliveryTarget());
if (wanted.includes('stored events')) targets.push(eventTarget(seed));
const network = await startNetworkTargets(wanted);
targets.push(...network.targets);

let isGood = true;
const shares = targets.reduce((sum, { share }) => sum + share, 0);
for (const target of targets) {
  const own = Math.ceil((cases * target.share) / shares);
  if (!(await fuzz(target, { seed, cases: own, say }))) isGood = false;
}
const problems = await network.end();
for (const problem of problems) say(`FAILED the service: ${problem}`);
say(
  isGood && problems.length === 0
    ? `Nothing was found (seed ${seed}).`
    : `Something was found (seed ${seed}).`,
);
process.exit(isGood && problems.length === 0 ? 0 : 1);
