/** What the standard variables say of traces; see opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables. */
export interface TracingSettings {
  /** Share of the pushes that are traced, from 0 to 1; decided by the push id, so that every process decides alike. */
  readonly ratio: number;
  /** Absent where nothing is said. In milliseconds. */
  readonly scheduleDelayMs?: number;
  readonly exportTimeoutMs?: number;
  readonly maxQueueSize?: number;
  readonly maxBatchSize?: number;
}

export interface TracingChoice {
  /** Null: no traces. */
  readonly settings: TracingSettings | null;
  readonly warnings: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Traces are sent where an address for them is given. A value that is not understood counts as absent, with a warning,
 * as the specification asks; where and with which headers they go is the exporter's own to read.
 */
export function readTracingSettings(env: Environment): TracingChoice {
  const warnings: string[] = [];
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const off = env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  if (!endpoint || off) return { settings: null, warnings };
  const exporter = env.OTEL_TRACES_EXPORTER;
  if (exporter && exporter !== 'otlp') warnings.push(`OTEL_TRACES_EXPORTER=${exporter}: only otlp is there`);
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL || env.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol && protocol !== 'http/json') {
    warnings.push(
      `OTEL_EXPORTER_OTLP_PROTOCOL=${protocol}: traces go as http/json, to the port for HTTP (4318)`,
    );
  }
  const numbers = Object.fromEntries(
    Object.entries(numberNames).flatMap(([key, name]) => {
      const text = env[name]?.trim();
      if (!text) return [];
      const value = Number(text);
      if (Number.isSafeInteger(value) && value > 0) return [[key, value] as const];
      warnings.push(`${name}=${text}: not a whole number above 0`);
      return [];
    }),
  );
  return { settings: { ratio: ratioOf(env, warnings), ...numbers }, warnings };
}

const numberNames = {
  scheduleDelayMs: 'OTEL_BSP_SCHEDULE_DELAY',
  exportTimeoutMs: 'OTEL_BSP_EXPORT_TIMEOUT',
  maxQueueSize: 'OTEL_BSP_MAX_QUEUE_SIZE',
  maxBatchSize: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
} as const;

/** `parentbased_` makes no difference: a push has no parent elsewhere, as Gitea sends none. */
function ratioOf(env: Environment, warnings: string[]): number {
  const name = env.OTEL_TRACES_SAMPLER?.replace(/^parentbased_/, '') || 'always_on';
  if (name === 'always_on') return 1;
  if (name === 'always_off') return 0;
  const argument = env.OTEL_TRACES_SAMPLER_ARG?.trim() || '1';
  const ratio = Number(argument);
  if (name === 'traceidratio' && ratio >= 0 && ratio <= 1) return ratio;
  warnings.push(`OTEL_TRACES_SAMPLER=${name} with OTEL_TRACES_SAMPLER_ARG=${argument}: everything is traced`);
  return 1;
}
