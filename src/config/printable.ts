import type { Source } from './collect.ts';
import type { Config } from './config.ts';
import { formatBytes, formatDuration } from './units.ts';

export interface PrintableValue {
  /** Null: not set. A secret is `[secret]`. */
  readonly value: string | number | readonly string[] | null;
  readonly source: Source;
}

/** What `config print` shows, by key of the setting: each value in force and where it came from. */
export function printableConfig(config: Config): Record<string, PrintableValue> {
  const secret = (value: object | null | undefined) => (value ? '[secret]' : null);
  const values: Record<string, PrintableValue['value']> = {
    dataDir: config.dataDir,
    instance: config.instance,
    host: config.host,
    port: config.port,
    publicUrl: config.publicUrl,
    databaseUrl: secret(config.databaseUrl),
    eventStoreUrl: secret(config.eventStoreUrl),
    'gitea.url': config.gitea.url,
    'gitea.token': secret(config.gitea.token),
    'gitea.owner': config.gitea.owner,
    ...Object.fromEntries(config.webhookSecrets.map(({ name }) => [`webhookSecrets.${name}`, '[secret]'])),
    ...Object.fromEntries(
      config.retiredWebhookSecrets.map(({ name }) => [`webhookSecrets.${name}`, '[secret] (retired)']),
    ),
    'matrix.homeserverUrl': config.matrix?.homeserverUrl ?? null,
    'matrix.accessToken': secret(config.matrix?.accessToken),
    'matrix.room': config.matrix?.room ?? null,
    routes: config.routes.map(routeText),
    adminToken: secret(config.adminToken),
    auditKey: secret(config.auditKey),
    'ignore.pushers': config.ignore.pushers,
    'ignore.ownAccount': String(config.ignore.ownAccount),
    'ignore.authors': config.ignore.authors,
    'ignore.messages': config.ignore.messages,
    'notify.mode': config.notify.mode,
    'notify.window': formatDuration(config.notify.windowMs),
    'notify.editInterval': formatDuration(config.notify.editIntervalMs),
    'notify.rate': String(config.notify.rate),
    'notify.burst': String(config.notify.burst),
    'dagEngine.url': config.dagEngine.url,
    'dagEngine.token': secret(config.dagEngine.token),
    'dagEngine.dag': config.dagEngine.dag,
    'dagEngine.dags': config.dagEngine.dags.map(({ repository, dag }) => `${repository} → ${dag ?? 'none'}`),
    'dagEngine.maxAge': formatDuration(config.dagEngine.maxAgeMs),
    'enrichment.rate': String(config.enrichment.rate),
    'enrichment.maxAge': formatDuration(config.enrichment.maxAgeMs),
    'recovery.interval':
      config.recovery.intervalMs === null ? 'off' : formatDuration(config.recovery.intervalMs),
    'recovery.announceMaxAge': formatDuration(config.recovery.announceMaxAgeMs),
    notifyMaxAge: formatDuration(config.notifyMaxAgeMs),
    bodyLimit: formatBytes(config.bodyLimitBytes),
    spoolAfter: formatDuration(config.spoolAfterMs),
    spoolLimit: formatBytes(config.spoolMaxBytes),
    healthDetails: config.healthDetails,
    logLevel: config.logLevel,
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, source: config.sources[key] ?? 'default' }]),
  );
}

/** `repository acme/*, tag v* → #releases:example.org` */
function routeText({ rooms, mute, ...conditions }: Config['routes'][number]): string {
  const asked = Object.entries(conditions).flatMap(([key, patterns]) =>
    patterns.length > 0 ? [`${key} ${patterns.join(' or ')}`] : [],
  );
  return `${asked.join(', ') || 'everything'} → ${mute ? 'muted' : rooms.join(', ')}`;
}
