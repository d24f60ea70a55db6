import { composeOf, projectFile, type Service } from './compose-file.ts';
import { filledIn, readEnvFile } from './env-file.ts';

/** What `.env.example` says, commented out or not. */
export const envExample = readEnvFile(projectFile('.env.example'));

/** The smallest `.env` that starts. */
export const smallest = { POSTGRES_PASSWORD: 'a1b2c3' };

export const passwords = {
  ...smallest,
  KURRENTDB_DEFAULT_ADMIN_PASSWORD: 'd4e5f6',
  KURRENTDB_DEFAULT_OPS_PASSWORD: 'a7b8c9',
};

/** The `.env` for the profile `cluster`. */
export const clustered = filledIn(envExample, [...Object.keys(passwords), 'EVENT_STORE_URL'], passwords);

export const file = composeOf(smallest);
export const services = Object.entries(file.services);

export function serviceOf(name: string): Service {
  const found = file.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}
