import { expect, test } from "bun:test";
import { interfacesKey, readInterfaces } from "../../lib/io/interfaces.ts";

test("the loopback interface is among this machine's", () => {
  const interfaces = readInterfaces();

  const loopback = interfaces.filter(({ ip }) => ip[0] === 127);
  expect(loopback.map(({ prefixBits }) => prefixBits)).toEqual([8]);
  expect(interfaces.every(({ ip }) => ip.length === 4 || ip.length === 16)).toBe(true);
});

test("the key of a list changes with any of its addresses, not with their order", () => {
  const lo = { name: "lo", ip: Uint8Array.of(127, 0, 0, 1), prefixBits: 8 };
  const eth0 = { name: "eth0", ip: Uint8Array.of(192, 0, 2, 1), prefixBits: 24 };

  expect(interfacesKey([lo, eth0])).toBe(interfacesKey([eth0, lo]));
  expect(interfacesKey([lo])).not.toBe(interfacesKey([lo, eth0]));
  expect(interfacesKey([eth0])).not.toBe(interfacesKey([{ ...eth0, prefixBits: 16 }]));
  expect(interfacesKey([eth0])).not.toBe(
    interfacesKey([{ ...eth0, ip: Uint8Array.of(192, 0, 2, 2) }]),
  );
});
