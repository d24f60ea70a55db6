/** What the page shows of `GET /webhook/health`, which is written down in `src/health/report.ts`. */
export interface HealthReport {
  readonly status: 'ok' | 'degraded';
  readonly eventStore: { readonly kind: string; readonly status: string; readonly position?: string };
  readonly database: { readonly status: string };
  readonly matrix: PartHealth | null;
  readonly dagEngine: PartHealth | null;
  readonly recovery: {
    readonly state: string;
    readonly recoveredAt: string | null;
    readonly lastError: string | null;
  } | null;
  readonly spool: {
    readonly state: string;
    readonly pending: number | null;
    readonly parked: number | null;
  } | null;
}

export interface PartHealth {
  readonly state: string;
  readonly pending: number;
  readonly parked: number;
  readonly lastError: string | null;
}
