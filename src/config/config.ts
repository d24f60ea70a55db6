import type { Source } from './collect.ts';
import type { Values } from './schema.ts';
import type { Secret, WebhookSecret } from './secret.ts';

/** The configuration as the rest of the program sees it: complete, valid, and unable to print a secret. */
export interface Config {
  /** Absolute path. */
  readonly dataDir: string;
  /** Name of the Gitea server, part of every push id. */
  readonly instance: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Without trailing slash, as every address here. */
  readonly publicUrl: string | null;
  /** Null: a PostgreSQL of our own in the data directory. */
  readonly databaseUrl: Secret | null;
  /** Null: the log is kept in PostgreSQL. */
  readonly eventStoreUrl: Secret | null;
  readonly gitea: {
    readonly url: string | null;
    readonly token: Secret | null;
    readonly owner: string | null;
  };
  /** Empty: `ensureWebhookSecret` makes one. */
  readonly webhookSecrets: readonly WebhookSecret[];
  /** Verify what is stored, and no delivery. */
  readonly retiredWebhookSecrets: readonly WebhookSecret[];
  /** Null: messages go to the console. */
  readonly matrix: {
    readonly homeserverUrl: string;
    readonly accessToken: Secret;
    readonly room: string;
  } | null;
  /** Null: `ensureAuditKey` makes one. */
  readonly auditKey: Secret | null;
  readonly ignore: { readonly pushers: readonly string[] };
  readonly healthDetails: Values['healthDetails'];
  readonly logLevel: Values['logLevel'];
  readonly bodyLimitBytes: number;
  readonly notifyMaxAgeMs: number;
  /** How long the event store has to take a delivery before the spool gets it. */
  readonly spoolAfterMs: number;
  readonly spoolMaxBytes: number;
  /** What is allowed but probably not meant; for the log, and for `doctor`. */
  readonly warnings: readonly string[];
  /** The configuration file that was read. */
  readonly file: string | null;
  /** By key of the setting, and `webhookSecrets.<name>` for each webhook secret. */
  readonly sources: Readonly<Record<string, Source>>;
}
