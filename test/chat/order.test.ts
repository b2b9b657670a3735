import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { peerIdOf } from "../../lib/base/ids.ts";
import { messageId } from "../../lib/chat/messageid.ts";
import { compareEntries } from "../../lib/chat/order.ts";
import { directRoom, openRoom } from "../../lib/chat/rooms.ts";

const [ANN, BOB] = [1, 2].map((byte) => peerIdOf(new Uint8Array(32).fill(byte)));
if (ANN === undefined || BOB === undefined) throw new Error("Two people are two");

const place = fc.record({
  time: fc.record({ wallMs: fc.integer({ min: 0, max: 2 }), tick: fc.integer({ min: 0, max: 2 }) }),
  author: fc.constantFrom(ANN, BOB),
  seq: fc.integer({ min: 1, max: 3 }),
});

test("entries have one order, however they arrive", () => {
  fc.assert(
    fc.property(fc.array(place), (places) => {
      const forwards = places.toSorted(compareEntries);
      const backwards = places.toReversed().toSorted(compareEntries);
      expect(backwards).toEqual(forwards);
    }),
  );
});

test("time comes first, then the author, then the seq", () => {
  const first = { time: { wallMs: 1, tick: 9 }, author: BOB, seq: 9 };
  const second = { time: { wallMs: 2, tick: 0 }, author: ANN, seq: 5 };
  const third = { time: { wallMs: 2, tick: 0 }, author: ANN, seq: 6 };
  const fourth = { time: { wallMs: 2, tick: 0 }, author: BOB, seq: 1 };
  const fifth = { time: { wallMs: 2, tick: 1 }, author: ANN, seq: 1 };

  const sorted = [fifth, third, first, fourth, second].toSorted(compareEntries);

  expect(sorted).toEqual([first, second, third, fourth, fifth]);
});

test("ids of rooms and messages are what they have always been", () => {
  const room = openRoom("#lobby");
  const direct = directRoom(ANN, BOB);

  expect(directRoom(BOB, ANN)).toBe(direct);
  expect({ room, direct, id: messageId(room, ANN, 7) }).toMatchInlineSnapshot(`
    {
      "direct": "70205db280c9513aee47f37b04ff4a2093aa3b6f71cc2b9d2a4a819ca60a00e2",
      "id": "3b0d2792a8845343cfeb000000000007",
      "room": "6cf878c2b2564426686ed9bc101a9632bcd0435533f0895258e18629014cc60b",
    }
  `);
});
