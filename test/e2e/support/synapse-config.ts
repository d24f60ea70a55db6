import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

export const serverName = 'pushledger.test';

/** `default`: as Synapse has them (0.2 messages a second, 10 at once); `raised`: none that these tests meet. */
export type Limits = 'default' | 'raised';

export interface SynapseConfig {
  readonly directory: string;
  readonly port: number;
  readonly registrationSecret: string;
  readonly limits: Limits;
}

/** A homeserver that speaks with nobody but us, as Synapse's YAML, of which JSON is a part. */
export function synapseConfig({ directory, port, registrationSecret, limits }: SynapseConfig): string {
  const raised = { per_second: 1_000, burst_count: 1_000 };
  return JSON.stringify({
    server_name: serverName,
    listeners: [
      { type: 'http', port, bind_addresses: ['127.0.0.1'], tls: false, resources: [{ names: ['client'] }] },
    ],
    database: { name: 'sqlite3', args: { database: join(directory, 'homeserver.db') } },
    log_config: join(directory, 'log.config'),
    media_store_path: join(directory, 'media'),
    signing_key_path: join(directory, 'signing.key'),
    registration_shared_secret: registrationSecret,
    macaroon_secret_key: randomBytes(16).toString('hex'),
    report_stats: false,
    trusted_key_servers: [],
    federation_domain_whitelist: [],
    presence: { enabled: false },
    // Passwords of these tests guard nothing.
    bcrypt_rounds: 4,
    ...(limits === 'raised' && { rc_message: raised }),
  });
}

/** All to the standard output, which goes to a file. */
export const synapseLogConfig = JSON.stringify({
  version: 1,
  formatters: { line: { format: '%(asctime)s %(levelname)s %(name)s %(request)s %(message)s' } },
  filters: { context: { '()': 'synapse.logging.context.LoggingContextFilter', request: '' } },
  handlers: { console: { class: 'logging.StreamHandler', formatter: 'line', filters: ['context'] } },
  root: { level: 'INFO', handlers: ['console'] },
  disable_existing_loggers: false,
});
