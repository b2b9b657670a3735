import { expect, test } from "bun:test";
import { TransportKey } from "../../lib/crypto/transport.ts";
import { Epoch } from "../../lib/session/epoch.ts";
import { KEY_PACKETS_MAX, TRANSPORT_BYTES_MIN } from "../../lib/wire/limits.ts";
import { epochsOf, keysOf, transport } from "./pair.ts";

const TEXT = Uint8Array.of(1, 2, 3);

function begin(number = 0): { ann: Epoch; bob: Epoch } {
  const { ann, bob } = epochsOf(number);
  return { ann: new Epoch(ann), bob: new Epoch(bob) };
}

test("what one side seals the other opens, once, in any order", () => {
  const { ann, bob } = begin();
  const packets = Array.from({ length: 5 }, () => transport(ann.seal(TEXT)));
  const order = [3, 0, 4, 1, 2];

  const opened = order.map((i) => {
    const packet = packets[i];
    return packet && bob.open(packet.counter, packet.sealed);
  });

  expect(packets.map(({ counter }) => counter)).toEqual([0, 1, 2, 3, 4]);
  expect(packets.map(({ receiver }) => receiver)).toEqual(packets.map(() => 200));
  expect(opened.map((it) => it?.plaintext)).toEqual(order.map(() => TEXT));
  expect(opened.map((it) => it?.isHighest)).toEqual([true, false, true, false, false]);
  for (const { counter, sealed } of packets) expect(bob.open(counter, sealed)).toBeUndefined();
});

test("a forged packet opens nothing and moves nothing, however high its counter", () => {
  const { ann, bob } = begin();
  const { counter, sealed } = transport(ann.seal(TEXT));

  for (const wrong of [1, 5_000, KEY_PACKETS_MAX - 1, KEY_PACKETS_MAX, 2 ** 53, Number.NaN, -1]) {
    expect(bob.open(wrong, sealed)).toBeUndefined();
  }
  expect(bob.open(counter, sealed.toReversed())).toBeUndefined();
  expect(ann.open(counter, sealed)).toBeUndefined();

  expect(bob.open(counter, sealed)?.plaintext).toEqual(TEXT);
});

test("packet numbers grow from epoch to epoch", () => {
  const [first, second] = [begin(0).ann, begin(1).ann];

  first.seal(TEXT);

  expect(first.nextPacketNumber).toBe(1);
  expect(second.nextPacketNumber).toBe(KEY_PACKETS_MAX);
  expect(first.packetNumber(KEY_PACKETS_MAX - 1)).toBeLessThan(second.packetNumber(0));
});

test("a key seals 2^22 packets and is worn out", () => {
  const { ann } = epochsOf(0);
  const keys = keysOf(0).ann;
  const datagram = new Uint8Array(TRANSPORT_BYTES_MIN);
  const send = Object.assign(new TransportKey(new Uint8Array(32)), { seal: () => datagram });
  const epoch = new Epoch({ ...ann, keys: { ...keys, send } });

  for (let i = 0; i < KEY_PACKETS_MAX - 1; i++) epoch.seal(TEXT);
  const isWornBefore = epoch.isWornOut;
  epoch.seal(TEXT);

  expect(isWornBefore).toBe(false);
  expect(epoch.isWornOut).toBe(true);
  expect(epoch.sealed).toBe(KEY_PACKETS_MAX);
});

test("wiped keys open nothing", () => {
  const { ann, bob } = begin();
  const { counter, sealed } = transport(ann.seal(TEXT));

  bob.wipe();

  expect(bob.open(counter, sealed)).toBeUndefined();
  expect(() => bob.seal(TEXT)).toThrow();
});
