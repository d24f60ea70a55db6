/** One statement on its way to the server. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | null)[];
}

/**
 * What a service that has nothing to do asks as well, again and again. It only reads, so that to die before it is to
 * die after the step before it. Everything else is a step: a statement that is new need not be entered here.
 */
const idle: readonly RegExp[] = [
  /^select 1$/,
  /pg_try_advisory_lock/,
  /^select position, event_id, .* from pushledger\.events where position > \$1/,
  /^select coalesce\(max\(position\), 0\)/,
  /^select push_id from pushledger\.due_pushes/,
  /^select distinct room from pushledger\.notifications/,
  /^select count\(\*\) filter \(where state = 'planned'\)/,
  /^select transaction_id from pushledger\.notifications/,
];

export function isIdle({ sql }: Statement): boolean {
  return idle.some((pattern) => pattern.test(plain(sql)));
}

/** A name that tells a statement from the others of the service. */
export function nameOf({ sql, parameters }: Statement, before: string | null): string {
  const text = plain(sql);
  if (/^(commit|rollback)$/.test(text)) return `${text} after ${before ?? 'nothing'}`;
  if (text.includes('pushledger.append_events'))
    // The types, of an array in binary: what is no letter of them is head or length.
    return `append ${(parameters[2] ?? '').match(/[A-Za-z]{4,}/g)?.join(',') ?? ''}`;
  if (text.startsWith('update pushledger.checkpoints')) return `advance checkpoint ${parameters[0]}`;
  const written = /^(insert into|update|delete from) ([\w.]+)/.exec(text);
  if (written) return `${written[1]} ${written[2]}`;
  const read = /^select\b.*?\bfrom ([\w.]+)/.exec(text);
  return read ? `select from ${read[1]}` : text.slice(0, 60);
}

function plain(sql: string): string {
  return sql.replace(/\s+/g, ' ').trim();
}
