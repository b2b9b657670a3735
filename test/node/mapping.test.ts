import { expect, test } from "bun:test";
import type { Address } from "../../lib/base/address.ts";
import { nth } from "./end.ts";
import { at, Net } from "./net.ts";
import { host, person } from "./people.ts";

const SERVER = at("192.0.2.1:3478");
const ANN = at("198.51.100.1:4000");
/** Where ann's router passes on what comes to it; the same IP, as the server demands. */
const MAPPED = at("198.51.100.1:41000");
const BOB = at("203.0.113.1:4000");
const CAROL = at("203.0.113.2:4000");

function annAtHome() {
  const net = new Net(1);
  const serverKey = nth(3).noise.publicKey;
  host(net, SERVER, nth(3));
  const ann = person(net, ANN, { identity: nth(0), name: "ann", server: SERVER, serverKey });
  net.run(1_000);
  const tell = (kind: "mapped" | "unmapped", address: Address): void => {
    ann.machine.handleFound(net.now, { kind, address });
    net.flush();
    net.run(1_000);
  };
  /** Somebody comes and calls ann; whether he tried the mapped address. */
  const isTriedBy = (address: Address, n: number): boolean => {
    const start = net.sent.length;
    person(net, address, { identity: nth(n), name: `p${n}`, server: SERVER, serverKey });
    net.run(3_000);
    return net.sent.slice(start).some(({ from, to }) => from === address && to === MAPPED);
  };
  return { net, tell, isTriedBy };
}

test("whoever is introduced tries the address that a router maps", () => {
  const { tell, isTriedBy } = annAtHome();

  tell("mapped", MAPPED);

  expect(isTriedBy(BOB, 1)).toBe(true);
});

test("what a router maps no more is not tried", () => {
  const { tell, isTriedBy } = annAtHome();

  tell("mapped", MAPPED);
  tell("unmapped", MAPPED);

  expect(isTriedBy(CAROL, 2)).toBe(false);
});

test("routers cannot fill a registration with mappings", () => {
  const { tell, isTriedBy } = annAtHome();
  tell("mapped", MAPPED);

  for (let port = 1; port <= 20; port += 1) tell("mapped", at(`198.51.100.1:${port}`));

  expect(isTriedBy(BOB, 1)).toBe(false);
});
