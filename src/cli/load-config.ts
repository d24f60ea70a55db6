import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';

/** The configuration of this process: its environment and its working directory. */
export function loadProcessConfig(overrides: Readonly<Record<string, string>> = {}): Config {
  return loadConfig({ env: { ...process.env, ...overrides }, cwd: process.cwd() });
}
