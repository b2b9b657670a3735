import { expect, test } from "bun:test";
import { concatBytes, toHex } from "../../lib/base/bytes.ts";
import { idBytes, roomIdOf } from "../../lib/base/ids.ts";
import { encodeUtf8 } from "../../lib/base/text.ts";
import { sha256 } from "../../lib/crypto/primitives.ts";
import { topicOf } from "../../lib/rendezvous/topic.ts";
import { TOPIC_BYTES } from "../../lib/wire/limits.ts";

const ROOM = roomIdOf(new Uint8Array(32).fill(7));
const KEY = new Uint8Array(32).fill(9);

test("a topic is the first half of a hash over domain, server's key and room", () => {
  const whole = sha256(concatBytes(encodeUtf8("p2pchat/1 topic\0"), KEY, idBytes(ROOM)));

  const topic = topicOf(ROOM, KEY);

  expect(topic).toHaveLength(TOPIC_BYTES);
  expect(toHex(topic)).toBe(toHex(whole.subarray(0, TOPIC_BYTES)));
});

test("a room has another topic at every server, and every room its own", () => {
  const otherKey = new Uint8Array(32).fill(10);
  const otherRoom = roomIdOf(new Uint8Array(32).fill(8));

  const topics = [topicOf(ROOM, KEY), topicOf(ROOM, otherKey), topicOf(otherRoom, KEY)];

  expect(new Set(topics.map(toHex)).size).toBe(3);
});
