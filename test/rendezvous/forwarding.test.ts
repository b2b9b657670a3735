import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { addressScope, formatAddress, hostOf } from "../../lib/base/address.ts";
import { candidatesToForward, forwardedOf } from "../../lib/rendezvous/forwarding.ts";
import { CANDIDATES_MAX } from "../../lib/wire/limits.ts";
import { addr } from "./people.ts";

const PUBLIC = "198.51.100.7:4000";
const LOOP = "127.0.0.1:4000";

/** Observed address, announced ones, whether both are over loopback, what is passed on. */
const RULES: readonly [string, string, readonly string[], boolean, readonly string[]][] = [
  ["the observed address comes first", PUBLIC, [], false, [PUBLIC]],
  [
    "then private and link-local ones as announced",
    PUBLIC,
    ["192.168.1.5:4000", "10.0.0.5:4000", "169.254.3.4:4000", "[fe80::1]:4000", "[fd00::1]:4000"],
    false,
    [
      PUBLIC,
      "192.168.1.5:4000",
      "10.0.0.5:4000",
      "169.254.3.4:4000",
      "[fe80::1]:4000",
      "[fd00::1]:4000",
    ],
  ],
  [
    "then announced ports of the observed IP",
    PUBLIC,
    ["198.51.100.7:5000", "172.16.0.1:4000", "100.64.0.1:4000"],
    false,
    [PUBLIC, "172.16.0.1:4000", "100.64.0.1:4000", "198.51.100.7:5000"],
  ],
  [
    "no public address of others",
    PUBLIC,
    ["198.51.100.8:4000", "[2001:db8::1]:1"],
    false,
    [PUBLIC],
  ],
  [
    "an IPv6 address whose IP was observed",
    "[2001:db8::7]:4000",
    ["[2001:db8::7]:5000", "[2001:db8::8]:5000"],
    false,
    ["[2001:db8::7]:4000", "[2001:db8::7]:5000"],
  ],
  [
    "no multicast, broadcast or unspecified address",
    PUBLIC,
    [
      "224.0.0.1:4000",
      "239.1.1.1:9",
      "255.255.255.255:4000",
      "0.0.0.0:4000",
      "[ff02::1]:9",
      "[::]:9",
    ],
    false,
    [PUBLIC],
  ],
  ["no loopback for one that is elsewhere", PUBLIC, [LOOP, "[::1]:4000"], false, [PUBLIC]],
  [
    "no loopback to one that is elsewhere",
    LOOP,
    [LOOP, "127.0.0.1:5", "[::1]:5", "192.168.1.5:4000"],
    false,
    ["192.168.1.5:4000"],
  ],
  [
    "loopback where both are at home",
    LOOP,
    [LOOP, "[::1]:5", "192.168.1.5:4000"],
    true,
    [LOOP, "[::1]:5", "192.168.1.5:4000"],
  ],
  [
    "nothing twice",
    "192.168.1.5:4000",
    ["192.168.1.5:4000", "10.0.0.1:1", "10.0.0.1:1"],
    false,
    ["192.168.1.5:4000", "10.0.0.1:1"],
  ],
  [
    "no zones, which mean nothing elsewhere",
    "[fe80::1%eth0]:9",
    ["[fe80::1%wlan0]:9", "[fe80::2%wlan0]:9"],
    false,
    ["[fe80::1]:9", "[fe80::2]:9"],
  ],
];

test.each(RULES)(
  "of a client the server passes on %s",
  (_, observed, announced, near, expected) => {
    const candidates = candidatesToForward([addr(observed)], announced.map(addr), near);

    expect(candidates).toEqual(expected.map(addr));
  },
);

test("an introduction holds so many candidates and no more, the observed one first", () => {
  const announced = Array.from({ length: 20 }, (_, i) => addr(`10.0.0.${i + 1}:4000`));

  const candidates = candidatesToForward([addr(PUBLIC)], announced, false);

  expect(candidates).toHaveLength(CANDIDATES_MAX);
  expect(candidates.slice(0, 2)).toEqual([addr(PUBLIC), addr("10.0.0.1:4000")]);
});

test("where a client is seen by either family goes first, and lets its other ports through", () => {
  const also = addr("[2001:db8:7::7]:4000");
  const announced = [addr("10.0.0.1:4000"), addr("[2001:db8:7::7]:9"), addr("[2001:db8::1]:4000")];

  const { far } = forwardedOf([addr(PUBLIC), also], announced);

  expect(far).toEqual([addr(PUBLIC), also, addr("10.0.0.1:4000"), addr("[2001:db8:7::7]:9")]);
});

test("a client elsewhere has nothing near that it has not far", () => {
  const forwarded = forwardedOf([addr(PUBLIC)], [addr(LOOP), addr("10.0.0.1:4000")]);

  expect(forwarded.near).toEqual(forwarded.far);
});

describe("whatever is announced", () => {
  const ips = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc
      .constantFrom(0, 10, 127, 172, 192, 224, 255)
      .chain((first) =>
        fc
          .uint8Array({ minLength: 3, maxLength: 3 })
          .map((rest) => Uint8Array.from([first, ...rest])),
      ),
  );
  const addresses = fc
    .record({ ip: ips, port: fc.integer({ min: 1, max: 65535 }) })
    .map(({ ip, port }) => formatAddress({ ip, port, zone: undefined }));

  test("nobody is sent to a public host that was not seen, nor to where nobody is", () => {
    fc.assert(
      fc.property(
        addresses,
        addresses,
        fc.array(addresses, { maxLength: 12 }),
        fc.boolean(),
        (observed, also, announced, near) => {
          const candidates = candidatesToForward([observed, also], announced, near);

          expect(candidates.length).toBeLessThanOrEqual(CANDIDATES_MAX);
          expect(new Set(candidates).size).toBe(candidates.length);
          for (const candidate of candidates) {
            const scope = addressScope(candidate);
            expect(scope).not.toBe("unusable");
            if (scope === "loopback") expect(near).toBe(true);
            if (scope === "public")
              expect([observed, also].map(hostOf)).toContain(hostOf(candidate));
          }
        },
      ),
    );
  });
});
