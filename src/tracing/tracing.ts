import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { readTracingSettings } from './settings.ts';
import type { Tracing } from './span.ts';

export interface TracingOptions {
  /** The environment, with its `OTEL_*`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Starts to send traces where the environment asks for them; null where it does not, and then nothing is loaded. */
export async function startTracing({ env, version, clock, logger }: TracingOptions): Promise<Tracing | null> {
  const { settings, warnings } = readTracingSettings(env);
  for (const warning of warnings) logger.warn(warning);
  if (!settings) return null;
  const { createTracing } = await import('./opentelemetry.ts');
  return createTracing(settings, { version, clock, logger });
}
