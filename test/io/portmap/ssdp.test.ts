import { expect, test } from "bun:test";
import type { Gateway } from "../../../lib/io/portmap/gateways.ts";
import { parseSearchAnswer } from "../../../lib/io/portmap/ssdp.ts";

const HOME: Gateway = {
  interfaceName: "eth0",
  ownIp: Uint8Array.of(192, 168, 1, 10),
  prefixBits: 24,
  ip: Uint8Array.of(192, 168, 1, 1),
};
const TARGET = "urn:schemas-upnp-org:device:InternetGatewayDevice:1";
const ROUTER = "192.168.1.1";
const LOCATION = `http://${ROUTER}:5000/rootDesc.xml`;

function answer(location: string, target = TARGET, status = "HTTP/1.1 200 OK"): Uint8Array {
  const lines = [status, "EXT:", `ST: ${target}`, `Location: ${location}`];
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

function found(from: string, bytes: Uint8Array, gateway = HOME): string | undefined {
  return parseSearchAnswer(gateway, from, bytes)?.href;
}

test("a router tells where its description is", () => {
  expect(found(ROUTER, answer(LOCATION))).toBe(LOCATION);
  expect(found(ROUTER, answer(LOCATION, TARGET.replace(":1", ":2")))).toBe(LOCATION);
});

test("another host of the network may be the router", () => {
  const other = "http://192.168.1.254/d.xml";

  expect(found("192.168.1.254", answer(other))).toBe(other);
});

test("an answer from outside the network is ignored", () => {
  expect(found("192.168.2.1", answer("http://192.168.2.1/d.xml"))).toBeUndefined();
  expect(found("93.184.216.34", answer("http://93.184.216.34/d.xml"))).toBeUndefined();
  expect(found("nonsense", answer(LOCATION))).toBeUndefined();
});

test("the gateway may be outside the network of this machine's address", () => {
  const away = { ...HOME, ip: Uint8Array.of(10, 0, 0, 1) };

  expect(found("10.0.0.1", answer("http://10.0.0.1/d.xml"), away)).toBe("http://10.0.0.1/d.xml");
});

test("an answer that leads to anyone but who sent it is ignored", () => {
  const elsewhere = [
    "http://192.168.1.2/d.xml",
    "http://router.example/d.xml",
    "https://192.168.1.1/d.xml",
    "http://user:secret@192.168.1.1/d.xml",
    "file:///etc/passwd",
    "",
    `http://192.168.1.1/${"x".repeat(300)}`,
  ];

  for (const location of elsewhere) expect(found(ROUTER, answer(location))).toBeUndefined();
});

test("what is no answer to the question is ignored", () => {
  expect(found(ROUTER, answer(LOCATION, "ssdp:all"))).toBeUndefined();
  expect(found(ROUTER, answer(LOCATION, TARGET, "NOTIFY * HTTP/1.1"))).toBeUndefined();
  expect(found(ROUTER, answer(LOCATION, TARGET, "HTTP/1.1 404 No"))).toBeUndefined();
  expect(found(ROUTER, new Uint8Array(3000))).toBeUndefined();
  expect(found(ROUTER, new Uint8Array(0))).toBeUndefined();
});
