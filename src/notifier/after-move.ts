import type { ClientBase } from 'pg';

/**
 * To be called when the log was moved to a store with other positions. The notifier's tables keep positions for the
 * sake of order alone: what is there gets places in front of every position that a store gives, in the order that it
 * has. Otherwise a message that is planned would come after those that follow it, as KurrentDB's positions are larger.
 */
export async function keepOrderAfterMove(transaction: ClientBase): Promise<void> {
  await transaction.query(`
    update pushledger.due_pushes d
    set position = placed.place
    from (select push_id, row_number() over (order by position) - count(*) over () as place
          from pushledger.due_pushes) as placed
    where d.push_id = placed.push_id
  `);
  await transaction.query(`
    update pushledger.notifications n
    set planned_position = placed.place
    from (select message_id, version,
                 row_number() over (order by planned_position) - count(*) over () as place
          from pushledger.notifications) as placed
    where n.message_id = placed.message_id and n.version = placed.version
  `);
}
