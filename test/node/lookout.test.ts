import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { Lookout } from "../../lib/node/lookout.ts";
import { Networks } from "../../lib/node/networks.ts";
import { SideSockets } from "../../lib/node/sidesockets.ts";
import { seeded } from "../crypto/seeded.ts";
import { at } from "./net.ts";

const START = 1_767_225_600_000;
const [BY4, BY6] = [at("203.0.113.1:3478"), at("[2001:db8:1::1]:3478")];
const [SEEN4, SEEN6] = [at("198.51.100.7:5000"), at("[2001:db8:2::7]:5000")];

const IPV4 = { ip: Uint8Array.of(192, 168, 1, 2), prefixBits: 24 };
const IPV6 = {
  ip: Uint8Array.from(
    { length: 16 },
    (_, i) => [0x20, 1, 0xd, 0xb8, 0, 2][i] ?? (i === 15 ? 7 : 0),
  ),
  prefixBits: 64,
};

/** Whom it asks within a while, as nobody answers. */
function asked(lookout: Lookout, fromMs: number): Set<Address> {
  const to = new Set<Address>();
  for (let now = fromMs; now < fromMs + 40_000; now = Math.max(now + 1, lookout.pollTimeout())) {
    lookout.handleTimeout(now);
    for (let it = lookout.pollOutput(now); it; it = lookout.pollOutput(now)) {
      if (it.kind === "send") to.add(it.to);
    }
  }
  return to;
}

function lookoutAt(...hosts: (typeof IPV4)[]): Lookout {
  const [sockets, networks] = [new SideSockets(), new Networks([])];
  const lookout = new Lookout({ random: seeded(1), sockets, networks });
  lookout.setPort(START, 5000);
  lookout.setHosts(START, hosts);
  return lookout;
}

test("the NAT of IPv4 is looked at on, though the server is met by IPv6 from now on", () => {
  const lookout = lookoutAt(IPV4, IPV6);
  lookout.onRegistered(START, BY4, SEEN4, [BY4]);
  const before = asked(lookout, START);
  lookout.onRegistered(START + 60_000, BY6, SEEN6, [BY6]);

  expect([...before]).toEqual([BY4]);
  expect([...asked(lookout, START + 60_000)]).not.toContain(BY6);
});

test("but not where there is none, or none any more", () => {
  const [alone, left] = [lookoutAt(IPV6), lookoutAt(IPV4, IPV6)];
  alone.onRegistered(START, BY6, SEEN6, [BY6]);
  left.onRegistered(START, BY4, SEEN4, [BY4]);
  asked(left, START);
  left.setHosts(START + 60_000, [IPV6]);
  left.onRegistered(START + 60_000, BY6, SEEN6, [BY6]);

  expect([...asked(alone, START)]).toEqual([BY6]);
  expect([...asked(left, START + 60_000)]).toEqual([BY6]);
});
