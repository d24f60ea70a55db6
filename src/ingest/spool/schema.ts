/** Raised when the tables change; a file of another version is left alone. */
export const schemaVersion = 1;

/**
 * - `seq` is the order of arrival and never used twice, so that a number which was drained cannot come to mean
 *   another delivery.
 * - One entry for each (delivery id, digest): the same delivery again is the same entry, other bytes are another.
 * - `totals` is kept by triggers: the bound is checked at every write, and by several processes.
 * - The body comes last, as SQLite reads over everything that stands before a column.
 */
export const createTables = `
  create table entries (
    seq         integer primary key autoincrement,
    delivery_id text not null,
    digest      text not null,
    repository  text not null,
    full_name   text,
    event       text not null,
    received_at text not null,
    proof       text not null,
    timings     text not null,
    state       text not null check (state in ('pending', 'parked')),
    attempts    integer not null,
    reason      text,
    size        integer not null,
    body        blob not null,
    unique (delivery_id, digest)
  ) strict;
  create index entries_in_order on entries (state, seq);
  create index entries_of_repository on entries (state, repository, seq, attempts);

  create table totals (state text primary key, entries integer not null, bytes integer not null) strict;
  insert into totals values ('pending', 0, 0), ('parked', 0, 0);
  create trigger entries_added after insert on entries begin
    update totals set entries = entries + 1, bytes = bytes + new.size where state = new.state;
  end;
  create trigger entries_removed after delete on entries begin
    update totals set entries = entries - 1, bytes = bytes - old.size where state = old.state;
  end;
  create trigger entries_moved after update of state on entries begin
    update totals set entries = entries - 1, bytes = bytes - old.size where state = old.state;
    update totals set entries = entries + 1, bytes = bytes + new.size where state = new.state;
  end;
  pragma user_version = ${schemaVersion};
`;

/**
 * Starts the numbers of a new file at the time, in microseconds: where a file is moved away while its entries are
 * drained, those of the next file must not be taken for them, and removed.
 */
export const startSequence = `insert into sqlite_sequence (name, seq) values ('entries', ? * 1000)`;

export const findEntry = `select 1 from entries where delivery_id = ? and digest = ?`;

export const addEntry = `
  insert into entries
    (delivery_id, digest, repository, full_name, event, received_at, proof, timings, state, attempts, size, body)
  values (?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?)
`;

export const totalBytes = `select sum(bytes) as bytes from totals`;

export const readTotals = `
  select state, entries, bytes,
    (select received_at from entries where state = 'pending' order by seq limit 1) as oldest_at
  from totals
`;

/** The oldest entry of each repository; those that were tried least often first, so that none keeps others waiting. */
export const repositoriesInTurn = `
  select repository, min(seq) as seq, attempts
  from entries where state = 'pending'
  group by repository order by attempts, seq limit ?
`;

export const nextOfRepository = `
  select seq, delivery_id, repository, event, received_at, proof, timings, body
  from entries where state = 'pending' and repository = ? and seq > ?
  order by seq limit 1
`;

export const newestOfRepository = `
  select seq from entries where state = 'pending' and repository = ? order by seq desc limit 1
`;

export const removeEntry = `delete from entries where seq = ?`;

export const countAttempt = `update entries set attempts = attempts + 1, reason = ? where seq = ?`;

export const parkEntry = `
  update entries set state = 'parked', attempts = attempts + 1, reason = ? where seq = ? and state = 'pending'
`;

export const listEntries = `
  select delivery_id, full_name, event, received_at, state, attempts, reason, size
  from entries order by state = 'parked' desc, seq limit ?
`;

export const retryAll = `update entries set state = 'pending', attempts = 0, reason = null where state = 'parked'`;
export const retryOne = `${retryAll} and delivery_id = ?`;
