import { line, median } from '../figures.ts';
import { findPrograms, howToInstall, type Programs } from './find-programs.ts';
import { countRows, createWebhookTable, measureWebhook, type WebhookMeasured } from './measure-webhook.ts';

export interface BesideWebhook {
  /** Takes a round's turn; `ours` is what we stored in it, in pushes a second. */
  measure(ours: number): Promise<void>;
  /** Prints the figures, or how to get some, and gives what belongs into the result. */
  report(): Promise<object>;
}

interface Round {
  readonly ours: number;
  readonly measured: readonly WebhookMeasured[];
}

/** Ours is to be so many times as fast. */
const wanted = 20;
/** Ours, and fewer: each request is a process, and two cores are busy with few of them. */
const connectionCounts = [8, 64];
/** With so slow a psql the end of 64 requests is waited for longer than is measured; and 8 gave more. */
const connectionCountsOfSlow = [8];

/** Beside adnanh/webhook as fast as it gets, and with each slower psql that a script might well call. */
export async function besideWebhook(databaseUrl: string): Promise<BesideWebhook> {
  const programs = findPrograms();
  if (!programs) return notInstalled;
  await createWebhookTable(databaseUrl);
  const rounds: Round[] = [];
  return {
    async measure(ours) {
      const measured: WebhookMeasured[] = [];
      for (const [index, psql] of programs.psqls.entries()) {
        const counts = index === 0 ? connectionCounts : connectionCountsOfSlow;
        measured.push(...(await measureWebhook(databaseUrl, psql, counts)));
      }
      rounds.push({ ours, measured });
    },
    async report() {
      const stored = await countRows(databaseUrl);
      const ratios = programs.psqls.map((psql) => ({ psql, ratio: ratioTo(psql, rounds) }));
      show(programs, rounds, ratios);
      process.stdout.write(`  all ${stored} pushes answered 200 are rows\n`);
      const { webhookVersion, psqlVersion } = programs;
      return { webhookVersion, psqlVersion, ratio: ratios[0]?.ratio, wanted, ratios, rounds, stored };
    },
  };
}

const notInstalled: BesideWebhook = {
  measure: async () => undefined,
  report: async () => {
    const skipped = `adnanh/webhook with psql is not installed: ${howToInstall}`;
    process.stdout.write(`  skipped: ${skipped}\n`);
    return { skipped };
  },
};

/** The median of the rounds' ratios, each to the number of connections at which adnanh/webhook stored most. */
function ratioTo(psql: string, rounds: readonly Round[]): number {
  return median(
    rounds.map(({ ours, measured }) => {
      const rates = measured.filter((one) => one.psql === psql).map((one) => one.storedPerSecond);
      return ours / Math.max(...rates);
    }),
  );
}

function show(
  { webhookVersion, psqlVersion }: Programs,
  rounds: readonly Round[],
  ratios: readonly { psql: string; ratio: number }[],
): void {
  process.stdout.write(`adnanh/webhook ${webhookVersion} with psql ${psqlVersion}\n`);
  for (const one of rounds.flatMap(({ measured }) => measured)) process.stdout.write(`  ${lineOf(one)}\n`);
  for (const { psql, ratio } of ratios) {
    process.stdout.write(`  ours is ${ratio.toFixed(1)} times that with ${psql} (wanted: ${wanted})\n`);
  }
}

function lineOf(measured: WebhookMeasured): string {
  const { psql, connections, storedPerSecond, statuses } = measured;
  const others = Object.entries(statuses).filter(([status]) => status !== '200');
  const refused = others.map(([status, count]) => `   ${count} times ${status}`).join('');
  const what = `${String(connections).padStart(2)} connections, ${psql}`.padEnd(48);
  return `${what} ${line({ ...measured, perSecond: storedPerSecond })}${refused}`;
}
