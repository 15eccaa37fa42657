import assert from "node:assert/strict";
import { test } from "node:test";
import { recounted, told, total, written } from "../live/counts.js";

const counts = { a: { read: 2, turn: 1, last: 4, unread: 2 } };
const write = (position, isNews = true, topic = "a") => written(counts, { topic, position, isNews });

test("a message from somebody else is one more, one's own or a removed one is none", () => {
  assert.equal(write(5).a.unread, 3);
  assert.equal(write(5, false).a.unread, 2);
  assert.equal(write(5, false).a.last, 5);
});

test("who writes has read", () => {
  assert.deepEqual(written(counts, { topic: "a", position: 5, isNews: false, isReply: true }).a, { read: 5, turn: 1, last: 5, unread: 0 });
});

test("a message that the number already holds changes nothing", () => {
  assert.equal(write(4), counts);
});

test("the first message of a new topic counts", () => {
  assert.deepEqual(total(write(1, true, "b")), 3);
});

test("what was told of an earlier turn changes nothing", () => {
  assert.deepEqual(told(counts, "a", { read: 4, turn: 0, last: 4, unread: 0 }), { counts, isBehind: false });
});

test("an answer from before a message that is known here is asked for again", () => {
  assert.equal(told(counts, "a", { read: 3, turn: 2, last: 3, unread: 0 }).isBehind, true);
});

test("a topic that is no longer in the answer no longer counts", () => {
  assert.deepEqual(recounted(counts, {}), { counts: {}, isBehind: false });
});

// A model of the server, with pages that hear late, twice, and out of order between the two ways in which they hear.
const unread = (numbers) => Object.fromEntries(Object.entries(numbers).map(([topic, each]) => [topic, each.unread]));

class Server {
  topics = { a: [], b: [] };
  read = { a: [0, 0], b: [0, 0] }; // [position, turn]

  numbers(topic) {
    const [read, turn] = this.read[topic];
    const rows = this.topics[topic];
    return { read, turn, last: rows.length, unread: rows.filter((row) => row.position > read && row.isNews && !row.isGone).length };
  }

  all() {
    return Object.fromEntries(Object.keys(this.topics).map((topic) => [topic, this.numbers(topic)]));
  }
}

test("whatever happens in whatever order it is heard, every page ends with the server's own count", () => {
  for (let round = 0; round < 300; round += 1) {
    const server = new Server();
    const events = []; // the stream: heard in order, each page at its own pace
    const pages = Array.from({ length: 3 }, () => ({ counts: server.all(), at: 0, frames: [], asks: 0 }));
    const hear = (page, { isBehind, counts: next }) => {
      page.counts = next;
      if (isBehind) page.asks += 1;
    };
    const step = (page) => {
      const way = Math.random();
      if (way < 0.5 && page.at < events.length) {
        const event = events[page.at];
        page.at += 1;
        if (event.isRemoval) page.asks += 1;
        else page.counts = written(page.counts, { ...event, isNews: event.row.isNews && !event.row.isGone, isReply: event.row.isReply });
      } else if (way < 0.8 && page.frames.length) {
        const [frame] = page.frames.splice(Math.floor(Math.random() * page.frames.length), 1);
        hear(page, told(page.counts, frame.topic, frame.numbers));
      } else if (page.asks) {
        page.asks = 0;
        hear(page, recounted(page.counts, server.all()));
      }
    };
    for (let moment = 0; moment < 60; moment += 1) {
      const topic = Math.random() < 0.5 ? "a" : "b";
      const rows = server.topics[topic];
      const deed = Math.random();
      if (deed < 0.5) {
        const isNews = Math.random() < 0.7;
        const row = { position: rows.length + 1, isNews, isReply: !isNews && Math.random() < 0.5, isGone: false };
        rows.push(row);
        if (row.isReply) server.read[topic] = [row.position, server.read[topic][1] + 1];
        events.push({ topic, position: row.position, row });
      } else if (deed < 0.6 && rows.length) {
        rows[Math.floor(Math.random() * rows.length)].isGone = true;
        events.push({ isRemoval: true });
      } else if (rows.length) {
        server.read[topic] = [Math.floor(Math.random() * (rows.length + 1)), server.read[topic][1] + 1];
        const numbers = server.numbers(topic);
        for (const page of pages) page.frames.push({ topic, numbers });
      }
      for (const page of pages) step(page);
    }
    for (const page of pages) while (page.at < events.length || page.frames.length || page.asks) step(page);
    for (const page of pages) assert.deepEqual(unread(page.counts), unread(server.all()));
  }
});
