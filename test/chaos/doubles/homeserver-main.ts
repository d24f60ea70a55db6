import { parseArgs } from 'node:util';
import { type AcceptedEvent, type Misbehaviour, startHomeserver } from '../../support/homeserver.ts';
import { serveControl } from './control.ts';
import { openJournal } from './journal.ts';

/**
 * The homeserver as a process of its own: `node homeserver-main.ts --data FILE --room ROOM`. As Synapse's database does,
 * the file keeps each event with its transaction id and device before the answer goes out.
 */
const { values } = parseArgs({ options: { data: { type: 'string' }, room: { type: 'string' } } });
const { data = '', room = '' } = values;

const journal = openJournal<AcceptedEvent>(data);
const homeserver = await startHomeserver({
  rooms: [{ id: room }],
  kept: { events: journal.kept, keep: journal.write },
});

/** An event is kept for so long before it is answered for, in milliseconds: a kill finds a time in between. */
const answerAfterMs = 10;
const behave = () => {
  homeserver.behave();
  homeserver.misbehave({ kind: 'late', ms: answerAfterMs });
};
behave();

serveControl(homeserver.url, {
  misbehave: (how) => {
    homeserver.behave();
    homeserver.misbehave(how as Misbehaviour, { room });
  },
  behave,
});
