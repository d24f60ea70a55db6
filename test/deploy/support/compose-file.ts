import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Environment, interpolate } from './interpolate.ts';

const dependency = z.object({
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
  required: z.boolean().default(true),
});

const bind = z.object({ type: z.literal('bind'), source: z.string(), target: z.string() });

const service = z.object({
  image: z.string(),
  build: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.union([z.string(), bind])).default([]),
  networks: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  depends_on: z.record(z.string(), dependency).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
});

const composeFile = z.object({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) }).nullable()),
});

/** The parts of a compose file that the tests speak of. */
export type ComposeFile = z.infer<typeof composeFile>;
export type Service = ComposeFile['services'][string];

export function projectFile(path: string): string {
  return readFileSync(projectPath(path), 'utf8');
}

export function projectPath(path: string): URL {
  return new URL(`../../../${path}`, import.meta.url);
}

/** The compose file as Docker Compose reads it: every text interpolated, and numbers made of those that stand for one. */
export function readCompose(environment: Environment): unknown {
  return mapTexts(parseCompose(), (key, text) => {
    const value = interpolate(text, environment);
    return key === 'scale' && /^\d+$/.test(value) ? Number(value) : value;
  });
}

export function composeOf(environment: Environment): ComposeFile {
  return composeFile.parse(readCompose(environment));
}

/** Every text of the compose file before interpolation, comments left out. */
export function rawTexts(): string[] {
  const texts: string[] = [];
  mapTexts(parseCompose(), (_key, text) => texts.push(text));
  return texts;
}

/** The services that `docker compose up` starts with these profiles. */
export function servicesWith(file: ComposeFile, profiles: readonly string[]): Record<string, Service> {
  const runs = ({ profiles: own }: Service) =>
    own.length === 0 || own.some((profile) => profiles.includes(profile));
  return Object.fromEntries(Object.entries(file.services).filter(([, each]) => runs(each)));
}

/** What a container gets: a variable without a value is handed on when it is set, and is not there otherwise. */
export function environmentOf({ environment }: Service, outside: Environment): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => [name, value ?? outside[name]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}

function parseCompose(): unknown {
  return parse(projectFile('docker-compose.yml'), { merge: true });
}

function mapTexts(value: unknown, change: (key: string, text: string) => unknown, key = ''): unknown {
  if (typeof value === 'string') return change(key, value);
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, mapTexts(each, change, name)]),
  );
}
