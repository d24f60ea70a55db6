import { z } from 'zod';
import type { GiteaClient } from '../client.ts';

/** Gitea: `1.24.6`; Forgejo: `9.0.3+gitea-1.22.0`. @throws GiteaError */
export async function getVersion(client: GiteaClient): Promise<string> {
  return (await client.request('GET', '/version', z.object({ version: z.string() }))).value.version;
}
