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
  /** With 0 the system chooses a free one. */
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
    /** Null: only what a route matches is announced. */
    readonly room: string | null;
  } | null;
  /** In the order in which they are looked at. */
  readonly routes: Values['routes'];
  readonly dagEngine: {
    /** As it was written; null: no DAG is triggered. */
    readonly url: string | null;
    readonly token: Secret | null;
    /** Where no rule matches. */
    readonly dag: string;
    readonly dags: Values['dagEngine.dags'];
    readonly maxAgeMs: number;
  };
  /** Null: nobody can sign in to the page. */
  readonly adminToken: Secret | null;
  /** Null: `ensureAuditKey` makes one. */
  readonly auditKey: Secret | null;
  readonly ignore: {
    readonly pushers: readonly string[];
    readonly ownAccount: boolean;
    readonly authors: readonly string[];
    readonly messages: readonly string[];
  };
  readonly healthDetails: Values['healthDetails'];
  readonly logLevel: Values['logLevel'];
  readonly bodyLimitBytes: number;
  readonly notifyMaxAgeMs: number;
  readonly notify: {
    readonly mode: Values['notify.mode'];
    /** 0: each push is a message of its own. */
    readonly windowMs: number;
    readonly editIntervalMs: number;
    /** Messages a second that the homeserver takes from the account in the long run. */
    readonly rate: number;
    /** Messages that it takes at once. */
    readonly burst: number;
  };
  /** Pushes that never arrived are asked of Gitea. */
  readonly recovery: {
    /** Null: only at the start, and when there is a reason. */
    readonly intervalMs: number | null;
    readonly announceMaxAgeMs: number;
  };
  /** What deliveries do not tell is asked of Gitea. */
  readonly enrichment: {
    /** Requests a second, at most. */
    readonly rate: number;
    /** A push that was received longer ago is not asked about. */
    readonly maxAgeMs: number;
  };
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
