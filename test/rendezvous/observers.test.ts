import { describe, expect, test } from "bun:test";
import { parseIp } from "../../lib/base/address.ts";
import { observersFor, observersFrom, othersFor } from "../../lib/rendezvous/observers.ts";
import { OBSERVERS_MAX, OTHERS_MAX } from "../../lib/wire/limits.ts";
import { decodeAnswer } from "../../lib/wire/rendezvous.ts";
import { addr } from "./people.ts";

const CLIENT = addr("203.0.113.7:4000");
const CLIENT_V6 = addr("[2001:db8::7]:4000");
const SERVER = addr("198.51.100.10:3478");

describe("a server tells", () => {
  test("its ports where it listens on all addresses, in the client's family", () => {
    const sockets = [addr("[::]:3478"), addr("[::]:3479")];

    expect(observersFor(sockets, CLIENT)).toEqual([addr("0.0.0.0:3478"), addr("0.0.0.0:3479")]);
    expect(observersFor(sockets, CLIENT_V6)).toEqual([addr("[::]:3478"), addr("[::]:3479")]);
  });

  test("the addresses that it listens on, none of another family", () => {
    const sockets = [SERVER, addr("[2001:db8::1]:3478"), addr("198.51.100.11:3479")];

    expect(observersFor(sockets, CLIENT)).toEqual([SERVER, addr("198.51.100.11:3479")]);
    expect(observersFor(sockets, CLIENT_V6)).toEqual([addr("[2001:db8::1]:3478")]);
    expect(observersFor([addr("0.0.0.0:3478")], CLIENT_V6)).toEqual([]);
  });

  test("nobody outside its private ones", () => {
    const sockets = [addr("10.0.0.5:3478"), addr("10.0.0.5:3479")];

    expect(observersFor(sockets, CLIENT)).toEqual([]);
    expect(observersFor(sockets, addr("10.0.0.9:4000"))).toEqual(sockets);
  });

  test("no more than OBSERVERS_MAX", () => {
    const sockets = Array.from({ length: 9 }, (_, i) => addr(`198.51.100.10:${3478 + i}`));

    expect(observersFor(sockets, CLIENT)).toEqual(sockets.slice(0, OBSERVERS_MAX));
  });
});

describe("where else it is, a server tells", () => {
  const ips = [
    "127.0.0.1",
    "198.51.100.10",
    "10.0.0.5",
    "fe80::1",
    "fd00::1",
    "2001:db8::1",
    "::1",
  ];
  const bytes = ips.map((ip) => parseIp(ip) ?? new Uint8Array());
  const anywhere = [addr("[::]:3478"), addr("[::]:3479")];

  test("by its machine's addresses of the other family, the public ones first", () => {
    expect(othersFor(anywhere, bytes, CLIENT)).toEqual([addr("[2001:db8::1]:3478")]);
    expect(othersFor(anywhere, bytes, CLIENT_V6)).toEqual([SERVER]);
    const nearby = addr("192.168.1.7:4000");
    expect(othersFor(anywhere, bytes, nearby)).toEqual([
      addr("[2001:db8::1]:3478"),
      addr("[fd00::1]:3478"),
    ]);
  });

  test("only what its sockets take", () => {
    expect(othersFor([addr("0.0.0.0:3478")], bytes, CLIENT)).toEqual([]);
    expect(othersFor([addr("0.0.0.0:3478")], bytes, CLIENT_V6)).toEqual([SERVER]);
    expect(othersFor([SERVER, addr("[2001:db8::9]:7")], bytes, CLIENT)).toEqual([
      addr("[2001:db8::9]:7"),
    ]);
  });

  test("no more than OTHERS_MAX", () => {
    const sockets = Array.from({ length: 9 }, (_, i) => addr(`[2001:db8::${i + 1}]:3478`));

    expect(othersFor(sockets, [], CLIENT)).toHaveLength(OTHERS_MAX);
  });
});

describe("a client makes of it", () => {
  test("the address that it knows, and the port of a server that knows none of its own", () => {
    const told = [addr("0.0.0.0:3478"), addr("0.0.0.0:3479")];

    expect(observersFrom(SERVER, told)).toEqual([SERVER, addr("198.51.100.10:3479")]);
  });

  test("the address it knows alone where an older server tells nothing", () => {
    expect(observersFrom(SERVER, [])).toEqual([SERVER]);
    expect(decodeAnswer(Uint8Array.of(65, 0, 0, 0, 1, 4, 192, 0, 2, 1, 0, 9))).toEqual({
      kind: "registered",
      number: 1,
      observed: addr("192.0.2.1:9"),
      observers: [],
      others: [],
    });
  });

  test("a link-local address with its zone", () => {
    const server = addr("[fe80::1%eth0]:3478");

    expect(observersFrom(server, [addr("[::]:3479")])).toEqual([
      server,
      addr("[fe80::1%eth0]:3479"),
    ]);
  });

  test.each(["10.0.0.1:80", "127.0.0.1:80", "224.0.0.1:80", "[2001:db8::1]:80", "0.0.0.1:80"])(
    "nothing of %s, which is not like the server's own",
    (told) => {
      expect(observersFrom(SERVER, [addr(told)])).toEqual([SERVER]);
    },
  );

  test("no more than OBSERVERS_MAX, whatever it is told", () => {
    const told = Array.from({ length: 99 }, (_, i) => addr(`198.51.100.${i}:3478`));

    expect(observersFrom(SERVER, told).length).toBeLessThanOrEqual(OBSERVERS_MAX + 1);
  });
});
