import { expect, test } from "bun:test";
import { HubSeat } from "../../cmd/hubseat.ts";
import type { PeerCommand } from "../../lib/node/commands.ts";
import type { PeerEvent } from "../../lib/node/events.ts";
import { BOB, message, status } from "../contract/events.ts";

/** Two faces at one node, what they were told and what reached the node. */
function sitting() {
  const commands: PeerCommand[] = [];
  const seat = (number: number) => {
    const told: PeerEvent[] = [];
    const nothing = (): void => undefined;
    const sitter = {
      onEvent: (event: PeerEvent) => void told.push(event),
      onTurnEnd: nothing,
      complain: nothing,
      onFree: nothing,
    };
    const made = new HubSeat({
      number,
      kind: "plain",
      sitter,
      command: (command) => void commands.push(command),
      askShell: nothing,
      endsToo: () => 0,
      onBehind: nothing,
      onQuit: nothing,
      onLeft: nothing,
    });
    made.isTold = true;
    return { seat: made, told };
  };
  const [first, second] = [seat(1), seat(12)];
  const tell = (event: PeerEvent): void => {
    first.seat.handleEvent(event);
    second.seat.handleEvent(event);
  };
  return { first, second, commands, tell };
}

/** The mark under which the node was asked last. */
function lastReq(commands: readonly PeerCommand[]): string | null {
  const last = commands.at(-1);
  return last !== undefined && "req" in last ? last.req : null;
}

test.each(["1", "", "2 3", null])("what one asks by the mark %j is answered to it alone", (req) => {
  const { first, second, commands, tell } = sitting();

  first.seat.command({ type: "rooms", req });
  tell({ type: "reply", req: lastReq(commands), command: "rooms", rooms: [] });

  expect(first.told).toEqual([{ type: "reply", req, command: "rooms", rooms: [] }]);
  expect(second.told).toEqual([]);
});

test("what was changed before it went out is told the others as an edit, not by its status", () => {
  const { first, second, commands, tell } = sitting();
  first.seat.command({ type: "edit", req: "e", id: "m1", text: "better" });

  tell(status("queued", { req: lastReq(commands), id: "m1", isReworded: true }));

  expect(first.told).toMatchObject([{ type: "status", req: "e", isReworded: true }]);
  expect(second.told).toEqual([]);
});

test("two who ask by one mark are told apart, also where their seats begin alike", () => {
  const { first, second, commands, tell } = sitting();

  first.seat.command({ type: "rooms", req: "2 7" });
  const asked = lastReq(commands);
  second.seat.command({ type: "rooms", req: "7" });
  tell({ type: "error", req: asked, code: "USAGE", text: "no" });

  expect(first.told).toHaveLength(1);
  expect(second.told).toHaveLength(0);
  expect(lastReq(commands)).not.toBe(asked);
});

test("what becomes of one's message is told the others without its mark", () => {
  const { first, second, commands, tell } = sitting();

  first.seat.command({ type: "send", req: "a", to: "#lobby", text: "hi" });
  tell(status("queued", { req: lastReq(commands) }));

  expect(first.told).toEqual([status("queued", { req: "a" })]);
  expect(second.told).toEqual([status("queued", { req: null })]);
});

test("a room that one has entered is told the others", () => {
  const { first, second, commands, tell } = sitting();
  const joined = { type: "reply", command: "join", room: "#dev", isPrivate: false } as const;

  second.seat.command({ type: "join", req: "j", room: "#dev" });
  tell({ ...joined, req: lastReq(commands) });

  expect(second.told).toEqual([{ ...joined, req: "j" }]);
  expect(first.told).toEqual([{ ...joined, req: null }]);
});

test("whether one is at hand is told the others, once one has said so in a face", () => {
  const { first, second, commands, tell } = sitting();
  const away = { type: "reply", command: "presence", state: "away" } as const;

  first.seat.command({ type: "presence", req: "p", state: "away" });
  tell({ ...away, req: lastReq(commands) });

  expect(first.told).toEqual([{ ...away, req: "p" }]);
  expect(second.told).toEqual([{ ...away, req: null }]);
});

test("what nobody has asked is told everybody", () => {
  const { first, second, tell } = sitting();

  tell(message(BOB, "#lobby", "hi"));

  expect(first.told).toEqual(second.told);
  expect(first.told).toEqual([message(BOB, "#lobby", "hi")]);
});
