// How much is unread in each topic of a workspace. Pure: the same state and news give the same answer.
// A state is {topic: {read, turn, last, unread}}, as the server counts it: `unread` messages that are news to this reader stand
// above position `read` and up to `last`. What arrives late or twice is already within, and changes nothing.

const NOTHING = { read: 0, turn: 0, last: 0, unread: 0 };

// A message that was written; `isNews`: not one's own, and still there; `isReply`: this person wrote it just now, and who writes
// has read.
export function written(counts, { topic, position, isNews, isReply = false }) {
  const known = counts[topic] ?? NOTHING;
  if (position <= known.last) return counts;
  if (isReply) return { ...counts, [topic]: { ...known, read: Math.max(known.read, position), last: position, unread: 0 } };
  return { ...counts, [topic]: { ...known, last: position, unread: known.unread + (isNews && position > known.read ? 1 : 0) } };
}

// What the server says when this person has read: {counts, isBehind}. Behind: it counted before messages that are known here, so
// ask again. What it says of a turn that is known was counted before, and a message may have gone since.
export function told(counts, topic, numbers) {
  if (numbers.turn <= (counts[topic] ?? NOTHING).turn) return { counts, isBehind: false };
  return taken(counts, topic, numbers);
}

function taken(counts, topic, numbers) {
  const known = counts[topic] ?? NOTHING;
  if (numbers.turn < known.turn) return { counts, isBehind: false };
  if (numbers.last < known.last) return { counts, isBehind: true };
  return { counts: { ...counts, [topic]: numbers }, isBehind: false };
}

// What the server says of all topics, when it was asked.
export function recounted(counts, answer) {
  let isBehind = false;
  let state = Object.fromEntries(Object.keys(answer).map((topic) => [topic, counts[topic] ?? NOTHING]));
  for (const [topic, numbers] of Object.entries(answer)) {
    const next = taken(state, topic, numbers);
    state = next.counts;
    isBehind ||= next.isBehind;
  }
  return { counts: state, isBehind };
}

export function total(counts) {
  return Object.values(counts).reduce((sum, { unread }) => sum + unread, 0);
}
