import { expect, test } from "bun:test";
import { BULK_CHANNEL } from "../../lib/wire/channels.ts";
import { End, nth } from "./end.ts";
import { at, Net } from "./net.ts";

const ANN = at("198.51.100.1");
const BOB = at("203.0.113.1");

test("a datagram is packed when it is polled, and not with the one before it", () => {
  const net = new Net(1);
  const ann = new End(net, ANN, { identity: nth(0) });
  const bob = new End(net, BOB, { identity: nth(1) });
  ann.call(bob);
  net.run(500);
  ann.endpoint.offer(bob.identity.peerId, BULK_CHANNEL, new Uint8Array(6_000));

  const first = ann.endpoint.pollDatagram(net.now);
  ann.say(bob, "hello");
  // The second tries out what the path carries.
  const others = [ann.endpoint.pollDatagram(net.now), ann.endpoint.pollDatagram(net.now)];

  for (const datagram of [first, ...others]) {
    if (datagram !== undefined) net.deliver(BOB, ANN, datagram.bytes);
  }
  bob.turn(net.now);
  expect(bob.heard).toEqual(["hello"]);
});
