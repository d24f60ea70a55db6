/** One statement each, readable with EXPLAIN. */

export const appendBatch = `
  select place, outcome, at_position
  from pushledger.append_events($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
`;

export const readPage = `
  select position, event_id, stream, type, data, metadata
  from pushledger.events
  where position > $1
  order by position
  limit $2
`;

/**
 * The first event always, and of the others those that fit into so many bytes with all before them. No body is read to
 * measure it. COPY takes no parameters; these are numbers.
 */
export const copyWhole = (after: bigint, limit: number, bytes: number) => `
  copy (
    select position, event_id, stream, type, data, metadata, body
    from (
      select page.*, sum(octet_length(data) + octet_length(metadata) + coalesce(octet_length(body), 0))
                       over (order by position) as bytes,
             row_number() over (order by position) as place
      from (
        select position, event_id, stream, type, data, metadata, body
        from pushledger.events
        where position > ${after}
        order by position
        limit ${limit}
      ) as page
    ) as measured
    where bytes <= ${bytes} or place = 1
    order by position
  ) to stdout (format binary)
`;

export const readStreams = `
  select position, event_id, stream, type, data, metadata
  from pushledger.events
  where stream = any($1::text[])
`;

export const readBody = `
  select body from pushledger.events where stream = $1
`;

export const countCorrelated = `
  select count(*)::int as count
  from (select 1 from pushledger.events where correlation_id = $1 and type = $2 limit $3) as found
`;

export const head = `
  select coalesce(max(position), 0) as position from pushledger.events
`;
