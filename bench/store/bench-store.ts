import { writeResult } from '../support/results.ts';
import { type AppendFigures, measureAppends, measureSubscription } from './measure.ts';
import { benchedStores } from './stores.ts';

const producerCounts = [1, 8, 64, 256];
const appendMs = 4_000;
const subscribedEvents = 50_000;

interface StoreFigures {
  readonly store: string;
  readonly note: string;
  readonly appends: readonly AppendFigures[];
  readonly subscription: { readonly events: number; readonly perSecond: number };
}

/** Appends and subscriptions through each adapter; the first store is what the others are held against. */
export async function benchStore(): Promise<void> {
  const figures: StoreFigures[] = [];
  for (const { name, note, run } of benchedStores) {
    await run(async (store) => {
      // Connections, plans and code get warm before anything counts.
      await measureAppends(store, 8, appendMs / 4);
      const appends: AppendFigures[] = [];
      for (const producers of producerCounts) appends.push(await measureAppends(store, producers, appendMs));
      const subscription = await measureSubscription(store, subscribedEvents);
      figures.push({ store: name, note, appends, subscription });
      print(`${name}: ${note}`);
      show(appends, subscription, figures[0]);
    });
  }
  writeResult('store', { eventBytes: 850, figures });
}

function show(
  appends: readonly AppendFigures[],
  subscription: StoreFigures['subscription'],
  baseline: StoreFigures | undefined,
): void {
  for (const [index, { producers, perSecond, p50, p99 }] of appends.entries()) {
    const count = `${String(producers).padStart(3)} producer${producers === 1 ? ' ' : 's'}`;
    const latency = `p50 ${p50.toFixed(2).padStart(7)} ms   p99 ${p99.toFixed(2).padStart(7)} ms`;
    const ratio = (perSecond / (baseline?.appends[index]?.perSecond ?? perSecond)).toFixed(2);
    print(`  ${count} ${perSecond.toFixed(0).padStart(7)} appends/s   ${latency}   ${ratio} of postgres`);
  }
  const ratio = (subscription.perSecond / (baseline?.subscription ?? subscription).perSecond).toFixed(2);
  print(
    `  subscription  ${subscription.perSecond.toFixed(0).padStart(7)} events/s over ${subscription.events}   ` +
      `${ratio} of postgres`,
  );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
