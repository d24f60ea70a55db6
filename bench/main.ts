import { benchAudit } from './audit/bench-audit.ts';
import { benchIngest } from './ingest/bench-ingest.ts';
import { benchLag } from './lag/bench-lag.ts';
import { benchLatency } from './latency/bench-latency.ts';
import { benchMemory } from './memory/bench-memory.ts';
import { benchPage } from './page/bench-page.ts';
import { benchRebuild } from './rebuild/bench-rebuild.ts';
import { benchReceivers } from './receivers/bench-receivers.ts';
import { benchSpool } from './spool/bench-spool.ts';
import { benchStore } from './store/bench-store.ts';

/** `npm run bench [-- name…]`: each prints a table and writes `bench/results/<name>.json`. */
const benchmarks: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  audit: benchAudit,
  ingest: benchIngest,
  lag: benchLag,
  latency: benchLatency,
  memory: benchMemory,
  page: benchPage,
  rebuild: benchRebuild,
  receivers: benchReceivers,
  spool: benchSpool,
  store: benchStore,
};

const [name, ...args] = process.argv.slice(2);
if (name !== undefined && !Object.hasOwn(benchmarks, name)) {
  process.stderr.write(`no benchmark ${name}; there are: ${Object.keys(benchmarks).join(', ')}\n`);
  process.exit(2);
}
for (const [known, run] of Object.entries(benchmarks)) {
  if (name === undefined || name === known) await run(args);
}
