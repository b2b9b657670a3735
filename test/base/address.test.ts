import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import {
  addressOf,
  addressParts,
  addressScope,
  formatAddress,
  formatIp,
  hostOf,
  parseAddress,
  parseIp,
  portOf,
  sourceOf,
  viaAddress,
  viaParts,
} from "../../lib/base/address.ts";
import { fromHex } from "../../lib/base/bytes.ts";
import { peerIdOf } from "../../lib/base/ids.ts";

const address = fc
  .record({
    ip: fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    ),
    port: fc.integer({ min: 1, max: 65535 }),
  })
  .map(({ ip, port }) => formatAddress({ ip, port, zone: undefined }));

describe("an IP address", () => {
  // RFC 5952 §4 and §5, right and as it may be written.
  test.each([
    ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8::0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:0", "2001:db8:0:0:1::"],
    ["2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["::0001", "::1"],
    ["1::", "1::"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s is written %s", (text, canonical) => {
    const ip = parseIp(text) ?? new Uint8Array(0);

    expect(formatIp(ip)).toBe(canonical);
    expect(parseIp(canonical)).toEqual(ip);
  });

  test.each(["::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"])(
    "%s is the IPv4 address that it maps",
    (text) => {
      expect(parseIp(text)).toEqual(Uint8Array.of(192, 0, 2, 1));
    },
  );

  test.each(
    [
      ["", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "1.2.3.256", "1.2.3.1000"],
      ["01.2.3.4", "1.2.3.04", "00.0.0.0", "0x7f.1", "0x7f.0.0.1", "0x7f000001", "127.1"],
      ["2130706433", "017700000001", "1.2.3.-4", "1.2.3.+4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4\n"],
      ["1e1.2.3.4", "1.2.3.٤", "１.2.3.4", "localhost", "example.org", "a.b.c.d"],
      [":", ":::", "1:", ":1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::"],
      [
        "::1::",
        "1::2::3",
        "12345::",
        "g::",
        "::-1",
        "::0x1",
        "[::1]",
        "::1 ",
        "::1%eth0",
        "::1/128",
      ],
      [
        "1.2.3.4::",
        "::1.2.3.4:5",
        "::1.2.3",
        "::01.2.3.4",
        "::ffff:1.2.3.256",
        "1:2:3:4:5:6:7:1.2.3.4",
      ],
    ].flat(),
  )("%j is none", (text) => {
    expect(parseIp(text)).toBeUndefined();
  });
});

describe("an address", () => {
  test.each([
    ["192.0.2.1:3478", "192.0.2.1", 3478],
    ["0.0.0.0:1", "0.0.0.0", 1],
    ["255.255.255.255:65535", "255.255.255.255", 65535],
    ["[2001:db8::1]:3478", "2001:db8::1", 3478],
    ["[::]:9", "::", 9],
    ["[fe80::1%eth0]:9", "fe80::1%eth0", 9],
    ["[fe80::1%br-lan.100]:9", "fe80::1%br-lan.100", 9],
    ["[febf::1%3]:9", "febf::1%3", 9],
  ])("%s is itself", (text, host, port) => {
    const parsed = parseAddress(text);

    expect<string | undefined>(parsed).toBe(text);
    expect(parsed && hostOf(parsed)).toBe(host);
    expect(parsed && portOf(parsed)).toBe(port);
    expect<string | undefined>(addressOf(host, port)).toBe(text);
  });

  test.each([
    ["[::ffff:192.0.2.1]:5", "192.0.2.1:5"],
    ["[2001:DB8:0::1]:5", "[2001:db8::1]:5"],
    ["[FE80::1%eth0]:5", "[fe80::1%eth0]:5"],
  ])("%s is %s", (text, canonical) => {
    expect<string | undefined>(parseAddress(text)).toBe(canonical);
  });

  test.each(
    [
      ["", ":", "1.2.3.4", "1.2.3.4:", ":5", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:99999"],
      ["1.2.3.4:100000", "1.2.3.4:05", "1.2.3.4:-5", "1.2.3.4:+5", "1.2.3.4:5 ", " 1.2.3.4:5"],
      ["1.2.3.4:5\n", "1.2.3.4:0x5", "1.2.3.4:5.0", "1.2.3.4:٥", "1.2.3.4:5:6", "1.2.3:5"],
      ["0x7f.1:5", "01.2.3.4:5", "localhost:5", "example.org:5", "[localhost]:5", "[1.2.3.4]:5"],
      ["::1", "::1:5", "[::1]", "[::1]:", "[::1]:0", "[::1]:65536", "[::1]5", "[::1:5", "::1]:5"],
      ["[[::1]]:5", "[::1] :5", "[]:5", "[:]:5", "http://1.2.3.4:5", "1.2.3.4:5/", "u@1.2.3.4:5"],
      ["[fe80::1%]:5", "[fe80::1%a%b]:5", "[fe80::1%e h]:5", "[fe80::1%\u001b]:5"],
      [`[fe80::1%${"x".repeat(33)}]:5`, "[::1%lo]:5", "[2001:db8::1%eth0]:5"],
      ["[::ffff:1.2.3.4%eth0]:5", "1.2.3.4%eth0:5"],
    ].flat(),
  )("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test.each([0, -1, 65536, 1.5, NaN, Infinity])("has no port %d", (port) => {
    expect(addressOf("192.0.2.1", port)).toBeUndefined();
  });

  test("has one spelling however it was come by", () => {
    const mapped = fromHex("00000000000000000000ffffc0000201") ?? new Uint8Array(0);

    const made = formatAddress({ ip: mapped, port: 5, zone: undefined });

    expect<string>(made).toBe("192.0.2.1:5");
    expect(addressParts(made).ip).toHaveLength(4);
  });

  test("comes back from its text and its parts as it was", () => {
    fc.assert(
      fc.property(address, (some) => {
        const parts = addressParts(some);

        expect(parseAddress(some)).toBe(some);
        expect(addressOf(hostOf(some), portOf(some))).toBe(some);
        expect(formatAddress(parts)).toBe(some);
      }),
    );
  });

  test("is undefined or canonical whatever the text", () => {
    const texts = fc.string({
      unit: fc.constantFrom(...Array.from("0123456789abcdefABCDEFx.:[]%-/ ")),
      maxLength: 40,
    });

    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseAddress(text);
        if (parsed !== undefined) expect(parseAddress(parsed)).toBe(parsed);
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  ["127.0.0.1", "loopback"],
  ["127.255.255.255", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["10.0.0.1", "private"],
  ["172.15.255.255", "public"],
  ["172.16.0.0", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.0", "public"],
  ["192.168.0.1", "private"],
  ["100.63.255.255", "public"],
  ["100.64.0.1", "private"],
  ["100.127.255.255", "private"],
  ["100.128.0.0", "public"],
  ["169.254.1.1", "link-local"],
  ["fe80::1", "link-local"],
  ["febf::1", "link-local"],
  ["fc00::1", "private"],
  ["fdff::1", "private"],
  ["8.8.8.8", "public"],
  ["2001:db8::1", "public"],
  ["0.0.0.0", "unusable"],
  ["0.1.2.3", "unusable"],
  ["224.0.0.1", "unusable"],
  ["239.255.255.255", "unusable"],
  ["255.255.255.255", "unusable"],
  ["::", "unusable"],
  ["::2", "unusable"],
  ["::192.0.2.1", "unusable"],
  ["::127.0.0.1", "unusable"],
  ["ff02::1", "unusable"],
] as const)("%s is %s", (host, scope) => {
  const some = addressOf(host, 9);

  expect(some && addressScope(some)).toBe(scope);
});

describe("a place beyond a carrier", () => {
  const carrier = peerIdOf(new Uint8Array(32).fill(1));
  const peer = peerIdOf(new Uint8Array(32).fill(2));
  const via = viaAddress(carrier, peer);

  test("says who carries, and to whom", () => {
    expect(viaParts(via)).toEqual({ carrier, peer });
  });

  test("is no text that is read as an address, and no address is one", () => {
    expect(parseAddress(via)).toBeUndefined();
    expect(addressOf(via, 1)).toBeUndefined();
    fc.assert(fc.property(address, (udp) => viaParts(udp) === undefined));
  });

  test("has its carrier for a source, whomever that says it speaks for", () => {
    const other = viaAddress(carrier, carrier);

    expect(sourceOf(via, 8)).toBe(sourceOf(other, 8));
    expect(sourceOf(viaAddress(peer, carrier), 8)).not.toBe(sourceOf(via, 8));
  });
});
