import type { Config } from '../config/config.ts';
import { cleanText, cutText } from '../events/text.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { messageOf } from '../runtime/errors.ts';
import { inTime } from '../runtime/within.ts';
import { allChecks } from './all-checks.ts';
import { type Check, NotNow } from './check.ts';
import { judgeConfiguration, type Loaded } from './checks/configuration.ts';
import { type Finding, type Judgement, skipped, wrong } from './finding.ts';
import { openWorld } from './open-world.ts';
import type { World } from './world.ts';

export interface DoctorOptions {
  /** Gives the configuration, or throws what is wrong with it. */
  readonly load: () => Config;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** A check that has said nothing by then is a finding; in milliseconds. */
  readonly limitMs?: number;
  readonly checks?: readonly Check[];
}

const defaultLimitMs = 10_000;
/** How long the giving back of connections is waited for, in milliseconds. */
const closeMs = 1_000;

/**
 * Looks at everything, side by side, and changes nothing. Never rejects: what cannot be looked at is a finding, and the
 * whole ends when the slowest check is over or its time is.
 */
export async function runDoctor(options: DoctorOptions): Promise<Finding[]> {
  const { clock = systemClock, checks = allChecks, limitMs = defaultLimitMs } = options;
  const loaded = load(options);
  const found = judgeConfiguration(loaded).map((judgement) =>
    findingOf('configuration', 'settings', judgement),
  );
  if ('error' in loaded) {
    const unseen = checks.map(({ group, name }) =>
      findingOf(group, name, skipped('the configuration has to be right first')),
    );
    return [...found, ...unseen];
  }
  const over = new AbortController();
  const signals = [over.signal, ...(options.signal ? [options.signal] : [])];
  const { world, close } = openWorld(loaded.config, { clock, signal: AbortSignal.any(signals) });
  try {
    const results = await Promise.all(checks.map((check) => runCheck(check, world, limitMs)));
    return [...found, ...results.flat()];
  } finally {
    over.abort(new Error('the doctor is done'));
    // A connection that hangs is left to the end of the process.
    await Promise.race([close().catch(() => undefined), clock.sleep(closeMs)]);
  }
}

function load({ load: read }: DoctorOptions): Loaded {
  try {
    return { config: read() };
  } catch (error) {
    return { error };
  }
}

async function runCheck(check: Check, world: World, limitMs: number): Promise<Finding[]> {
  const judgements = await inTime(world.clock, limitMs, check.run(world), () => new NoEnd()).catch(
    (error: unknown): readonly Judgement[] => [judgementOf(error, limitMs)],
  );
  return judgements.map((judgement) => findingOf(check.group, check.name, judgement));
}

/** Of a check that has not ended yet. */
class NoEnd extends Error {}

function judgementOf(error: unknown, limitMs: number): Judgement {
  if (error instanceof NotNow) return skipped(error.message);
  if (error instanceof NoEnd)
    return wrong(
      `no answer within ${limitMs / 1_000} s`,
      'something hangs: see whether it can be reached from this machine',
    );
  return wrong(messageOf(error), 'mend what it says, and run the doctor again');
}

const maxTextBytes = 1_000;

/** Texts of others are on one line, and without what would move the cursor of a terminal. */
function findingOf(
  group: Finding['group'],
  name: string,
  { about, verdict, text, advice }: Judgement,
): Finding {
  const line = (part: string) =>
    cutText(
      cleanText(part)
        .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
        .trim(),
      maxTextBytes,
    ).text;
  return {
    group,
    check: about === undefined ? name : `${name} ${line(about)}`,
    verdict,
    text: line(text),
    advice: advice === null ? null : line(advice),
  };
}
