import { resolve } from 'node:path';
import { incompleteMatrix, invalidValues, unknownVariables, weakness } from './check.ts';
import {
  collectList,
  collectSecret,
  collectText,
  collectWebhookSecrets,
  type Found,
  type Source,
  type Sources,
} from './collect.ts';
import type { Config } from './config.ts';
import { findConfigFile } from './find-file.ts';
import { configError, type Problem } from './problems.ts';
import { type ReadFile, readTextFile } from './read-file.ts';
import { readYaml } from './read-yaml.ts';
import { type RunCommand, runShellCommand } from './run-command.ts';
import { type Values, valuesSchema } from './schema.ts';
import { type Setting, settings } from './settings.ts';

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start and commands run; the process's own when absent. */
  readonly cwd?: string;
  /** The configuration file; goes before PUSHLEDGER_CONFIG. */
  readonly file?: string;
  readonly readFile?: ReadFile;
  readonly runCommand?: RunCommand;
}

/**
 * Reads the whole configuration: environment over `pushledger.yaml` over the defaults.
 *
 * @throws CodedError CONFIG_INVALID that lists every problem, and no secret
 */
export function loadConfig(options: LoadOptions): Config {
  const { env, cwd = process.cwd(), readFile = readTextFile, runCommand = runShellCommand } = options;
  const problems: Problem[] = unknownVariables(env);
  const warnings: string[] = [];
  const dataDirText = env.PUSHLEDGER_DATA_DIR?.trim() ?? '';
  const dataDir = resolve(cwd, dataDirText || './data');
  const asked = askedFile(options);
  const file = findConfigFile({ cwd, dataDir, asked, readFile, problems, warnings });
  const yaml = file === null ? null : readYaml(file.text, file.path);
  problems.push(...(yaml?.problems ?? []));

  const fileValues = yaml?.values ?? new Map<string, unknown>();
  const sources: Sources = { env, cwd, file: file?.path ?? null, fileValues, readFile, runCommand, problems };
  const found = collectAll(sources);
  const webhookSecrets = collectWebhookSecrets(sources);
  warnings.push(...webhookSecrets.flatMap(({ value, retired }) => (retired ? [] : weakness(value))));
  problems.push(...incompleteMatrix(found));

  const candidate = Object.fromEntries([...found].map(([key, { value }]) => [key, value]));
  const parsed = valuesSchema.safeParse(candidate);
  if (!parsed.success) problems.push(...invalidValues(parsed.error.issues, found, sources));
  if (!parsed.success || problems.length > 0) throw configError(problems);

  const sourceOf: Record<string, Source> = { dataDir: dataDirText === '' ? 'default' : 'environment' };
  for (const [key, { source }] of found) sourceOf[key] = source;
  for (const { value, source } of webhookSecrets) sourceOf[`webhookSecrets.${value.name}`] = source;
  return {
    ...arrange(parsed.data),
    dataDir,
    webhookSecrets: webhookSecrets.flatMap(({ value, retired }) => (retired ? [] : [value])),
    retiredWebhookSecrets: webhookSecrets.flatMap(({ value, retired }) => (retired ? [value] : [])),
    warnings,
    file: sources.file,
    sources: sourceOf,
  };
}

function askedFile({ file, env }: LoadOptions): { path: string; by: string } | null {
  if (file !== undefined) return { path: file, by: 'configuration file' };
  const path = env.PUSHLEDGER_CONFIG?.trim() ?? '';
  return path === '' ? null : { path, by: 'PUSHLEDGER_CONFIG' };
}

function collectAll(sources: Sources): Map<string, Found<unknown>> {
  const found = new Map<string, Found<unknown>>();
  for (const setting of settings) {
    if (setting.inFile && setting.key !== 'webhookSecrets') found.set(setting.key, collect(setting, sources));
  }
  if (found.get('instance')?.value === null) {
    found.set('instance', { value: hostOf(found.get('gitea.url')?.value) || 'gitea', source: 'default' });
  }
  return found;
}

function collect(setting: Setting, sources: Sources): Found<unknown> {
  switch (setting.kind) {
    case 'text':
      return collectText(setting, sources);
    case 'secret':
      return collectSecret(setting, sources);
    case 'list':
      return collectList(setting, sources);
  }
}

/** With the port, where it is not the usual one: two servers on one machine are two instances. */
function hostOf(url: unknown): string {
  return typeof url === 'string' ? (URL.parse(url)?.host ?? '') : '';
}

type Arranged = Omit<
  Config,
  'dataDir' | 'webhookSecrets' | 'retiredWebhookSecrets' | 'warnings' | 'file' | 'sources'
>;

function arrange(values: Values): Arranged {
  const homeserverUrl = values['matrix.homeserverUrl'];
  const accessToken = values['matrix.accessToken'];
  const room = values['matrix.room'];
  const { instance, host, port, publicUrl, databaseUrl, eventStoreUrl, healthDetails, logLevel } = values;
  return {
    ...{ instance, host, port, publicUrl, databaseUrl, eventStoreUrl, healthDetails, logLevel },
    gitea: { url: values['gitea.url'], token: values['gitea.token'], owner: values['gitea.owner'] },
    matrix: homeserverUrl && accessToken ? { homeserverUrl, accessToken, room } : null,
    routes: values.routes,
    dagEngine: {
      url: values['dagEngine.url'],
      token: values['dagEngine.token'],
      dag: values['dagEngine.dag'],
      dags: values['dagEngine.dags'],
      maxAgeMs: values['dagEngine.maxAge'],
    },
    adminToken: values.adminToken,
    auditKey: values.auditKey,
    ignore: {
      pushers: values['ignore.pushers'],
      ownAccount: values['ignore.ownAccount'],
      authors: values['ignore.authors'],
      messages: values['ignore.messages'],
    },
    bodyLimitBytes: values.bodyLimit,
    notifyMaxAgeMs: values.notifyMaxAge,
    notify: {
      mode: values['notify.mode'],
      windowMs: values['notify.window'],
      editIntervalMs: values['notify.editInterval'],
      rate: values['notify.rate'],
      burst: values['notify.burst'],
    },
    recovery: {
      intervalMs: values['recovery.interval'],
      announceMaxAgeMs: values['recovery.announceMaxAge'] ?? values.notifyMaxAge,
    },
    enrichment: { rate: values['enrichment.rate'], maxAgeMs: values['enrichment.maxAge'] },
    spoolAfterMs: values.spoolAfter,
    spoolMaxBytes: values.spoolLimit,
  };
}
