/** How many deliveries a service has refused for their signature since it started. */
export interface RefusedCount {
  /** Signed with another secret. */
  readonly wrong: number;
  /** Not signed at all: the hook has no secret. */
  readonly missing: number;
}

const timeoutMs = 3_000;

/** From the first of these `/metrics` that answers as ours do; null where none does. */
export async function readRefusedCount(origins: readonly string[]): Promise<RefusedCount | null> {
  for (const origin of origins) {
    try {
      const response = await fetch(`${origin}/metrics`, {
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (!response.ok || !text.includes('pushledger_')) continue;
      return { wrong: countIn(text, 'SIGNATURE_WRONG'), missing: countIn(text, 'SIGNATURE_MISSING') };
    } catch {
      // The next one may answer; without any, the diagnosis says less.
    }
  }
  return null;
}

function countIn(text: string, result: string): number {
  const line = new RegExp(`^pushledger_deliveries_total\\{result="${result}"\\} (\\d+)`, 'm').exec(text);
  return Number(line?.[1] ?? 0);
}
