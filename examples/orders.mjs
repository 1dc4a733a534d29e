// Alice orders, bob decides: what to do for good, what to try again, what to refuse.
//
//   msg sandbox up
//   node examples/orders.mjs
import { MsgError, openPeer, RejectMessage } from 'peermsg';

const alice = openPeer({ profile: 'alice' });
const bob = openPeer({ profile: 'bob' });

/** Resolved: the message is done. Any error: it comes again. RejectMessage: it never will. */
async function decide(message) {
  const { order, amount } = message.json();
  if (Number(amount) <= 0) throw new RejectMessage(`order ${order} over ${amount}`);
  if (message.attempt === 1) throw new Error('the database is away');
  const answer = { json: { accepted: order }, type: 'order.accepted', replyTo: message.header.id };
  await bob.send(message.header.from, answer);
  console.log(`bob accepted order ${order} at attempt ${message.attempt}`);
}

function tell(event) {
  if (event.kind === 'postponed') console.log(`bob tries again: ${event.error.message}`);
  if (event.kind === 'quarantined') console.log(`bob refused: ${event.detail}`);
}

try {
  await alice.send('bob', { json: { order: 1, amount: '-5.00' }, type: 'order' });
  const { id } = await alice.send('bob', { json: { order: 2, amount: '1200.00' }, type: 'order' });

  await bob.listen(decide, { count: 1, onEvent: tell });
  await alice.listen(
    (message) => {
      const isAnswer = message.header.cid === id && message.header.from === bob.name;
      console.log(
        `alice has ${isAnswer ? 'the answer' : 'something else'}: ${message.header.type}`,
      );
    },
    { count: 1 },
  );
} catch (error) {
  if (!(error instanceof MsgError)) throw error;
  console.error(`${error.code}: ${error.message}`, error.hint ?? '');
  process.exitCode = error.exitCode;
} finally {
  await Promise.all([alice.close(), bob.close()]);
}
