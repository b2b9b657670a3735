import { expect, test } from "bun:test";
import { peerIdOf, type RoomId, roomIdOf } from "../../lib/base/ids.ts";
import { Outputs } from "../../lib/chat/outputs.ts";
import { Proofs } from "../../lib/chat/proofs.ts";
import { decodeChat, type Head } from "../../lib/wire/chat.ts";
import { signaturesOf } from "./signatures.ts";

const ME = peerIdOf(new Uint8Array(32).fill(1));
const BOB = peerIdOf(new Uint8Array(32).fill(2));

/** So much of one's own Bob says to hold in a room. */
function headIn(room: number): Head {
  const fields = { seq: room, hash: new Uint8Array(32), time: { wallMs: 1, tick: 0 } };
  return { room: roomIdOf(new Uint8Array(32).fill(room)), ...fields };
}

/** Bob answers so many questions at a time. */
function scene(slots: number) {
  const outputs = new Outputs();
  const free = (): void => {
    slots += 1;
    proofs.onFree(BOB);
  };
  const proofs = new Proofs({
    me: ME,
    signatures: signaturesOf(ME),
    outputs,
    slots: { reserve: () => slots > 0 && slots-- > 0, free },
  });
  /** Of which rooms he has been asked since. */
  const asked = (): RoomId[] => {
    const rooms: RoomId[] = [];
    for (let output = outputs.poll(); output !== undefined; output = outputs.poll()) {
      const message = output.kind === "send" ? decodeChat(output.message) : undefined;
      if (message?.kind === "want") rooms.push(message.room);
    }
    return rooms;
  };
  return { proofs, asked, free };
}

test("one room after the other is asked for, also where an answer never comes", () => {
  const { proofs, asked } = scene(4);
  const [one, two, three] = [headIn(1), headIn(2), headIn(3)];

  for (const head of [one, two, three]) proofs.ask(BOB, head);
  const first = asked();
  proofs.forget(two.room);
  const none = asked();
  proofs.forget(one.room);

  expect([first, none, asked()]).toEqual([[one.room], [], [three.room]]);
});

test("who is asked for as much as may be is asked for it when that is answered", () => {
  const { proofs, asked, free } = scene(0);
  const head = headIn(1);

  proofs.ask(BOB, head);
  const before = asked();
  free();

  expect([before, asked()]).toEqual([[], [head.room]]);
});
