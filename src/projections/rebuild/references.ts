import type { ClientBase } from 'pg';
import { livePlace, recordedBy, type Table } from '../table.ts';

/**
 * SQL over the row `live`: while it holds, a row of another program hangs on that row, by a foreign key that any
 * table of the database has. Removing the row would fail by it, or (`on delete cascade`) remove theirs too.
 *
 * @param own the tables in which a row may be ours
 */
export async function heldByOthers(
  client: ClientBase,
  table: Table,
  own: readonly Table[],
): Promise<string | null> {
  const { rows } = await client.query<{ place: string; theirs: string[]; ours: string[] }>(
    `select format('%I.%I', n.nspname, c.relname) as place,
            array(select quote_ident(a.attname)
                  from unnest(k.conkey) with ordinality as key (number, place)
                  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number
                  order by key.place) as theirs,
            array(select quote_ident(a.attname)
                  from unnest(k.confkey) with ordinality as key (number, place)
                  join pg_attribute a on a.attrelid = k.confrelid and a.attnum = key.number
                  order by key.place) as ours
     from pg_constraint k
     join pg_class c on c.oid = k.conrelid
     join pg_namespace n on n.oid = c.relnamespace
     where k.contype = 'f' and k.confrelid = $1::regclass
     order by k.conname, place`,
    [livePlace(table)],
  );
  const conditions = rows.map(({ place, theirs, ours }) => {
    const joined = theirs.map((column, index) => `theirs.${column} = live.${ours[index]}`);
    // Our own rows that refer to it are removed before it.
    if (own.some((known) => known.shared && livePlace(known) === place))
      joined.push(`theirs.recorded_by is distinct from '${recordedBy}'`);
    return `exists (select 1 from ${place} theirs where ${joined.join(' and ')})`;
  });
  return conditions.length > 0 ? conditions.join(' or ') : null;
}
