import { expect, test } from "bun:test";
import { parseAddress, type Address } from "../../lib/base/address.ts";
import { Endpoints } from "../../lib/io/endpoints.ts";

const at = (text: string): Address => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`Not an address: ${text}`);
  return address;
};

test("an address has the host and port that sockets take, however often it is asked for", () => {
  const endpoints = new Endpoints();

  for (let round = 0; round < 2; round++) {
    expect(endpoints.of(at("192.0.2.1:9"))).toEqual({ host: "192.0.2.1", port: 9 });
    expect(endpoints.of(at("[fe80::1%eth0]:65535"))).toEqual({ host: "fe80::1%eth0", port: 65535 });
  }
});

test("a source has its canonical address, and a port of zero none", () => {
  const endpoints = new Endpoints();

  for (let round = 0; round < 2; round++) {
    expect(endpoints.addressOf("::ffff:192.0.2.1", 9)).toBe(at("192.0.2.1:9"));
    expect(endpoints.addressOf("192.0.2.1", 9)).toBe(at("192.0.2.1:9"));
    expect(endpoints.addressOf("2001:DB8::1", 9)).toBe(at("[2001:db8::1]:9"));
    expect(endpoints.addressOf("192.0.2.1", 0)).toBeUndefined();
    expect(endpoints.addressOf("", 9)).toBeUndefined();
  }
});

test("more peers than are remembered are all told apart", () => {
  const endpoints = new Endpoints();

  for (let i = 0; i < 20_000; i++) {
    const host = `10.${i % 3}.${i % 7}.${i % 251}`;
    const port = 1 + ((i * 7919) % 65535);
    const address = endpoints.addressOf(host, port);
    if (address !== `${host}:${port}`) throw new Error(`${host} ${port} became ${address}`);
    expect(endpoints.of(address)).toMatchObject({ host, port });
  }
});
