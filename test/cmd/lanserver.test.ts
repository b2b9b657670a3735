import { expect, test } from "bun:test";
import { LanServer } from "../../cmd/lanserver.ts";
import { type Address, addressOf } from "../../lib/base/address.ts";
import { signCard } from "../../lib/crypto/card.ts";
import { identityFromSecret } from "../../lib/crypto/identity.ts";
import type { Found } from "../../lib/io/lantable.ts";
import type { ServerHint } from "../../lib/node/machine.ts";

const FIRST = serverAt("192.168.1.2", 1);
const SECOND = serverAt("192.168.1.3", 2);

test("the first server that is announced is registered with, under its address and key", () => {
  const { lan, hints } = made();

  lan.handleFound(0, FIRST);
  lan.handleFound(1_000, FIRST);
  lan.handleFound(1_000, SECOND);

  const { address, card } = FIRST;
  expect(hints).toEqual([{ kind: "server", name: address, address, noiseKey: card.noiseKey }]);
});

test("one that does not answer makes place for another after 5 s", () => {
  const { lan, hints } = made();
  lan.handleFound(0, FIRST);

  lan.handleFound(4_999, SECOND);
  expect(hints).toHaveLength(1);
  lan.handleFound(5_000, SECOND);

  expect(hints.map(({ address }) => address)).toEqual([FIRST.address, SECOND.address]);
});

test("while a server is connected none other is tried; lost, it has 5 s to return", () => {
  const { lan, hints } = made();
  lan.handleFound(0, FIRST);
  lan.onConnected();
  lan.handleFound(60_000, SECOND);
  expect(hints).toHaveLength(1);

  lan.onLost(70_000);
  lan.handleFound(71_000, SECOND);
  expect(hints).toHaveLength(1);
  lan.handleFound(75_000, SECOND);

  expect(hints).toHaveLength(2);
});

test("an IPv4 address is preferred to a link-local one, which comes first or alone", () => {
  const local = serverAt("fe80::1%eth0", 1);
  const { lan, hints } = made();
  lan.handleFound(0, local);
  lan.handleFound(1, FIRST);
  expect(hints.map(({ address }) => address)).toEqual([FIRST.address]);

  const other = made();
  other.lan.handleFound(0, local);
  other.lan.handleFound(1_000, local);
  expect(other.hints.map(({ address }) => address)).toEqual([local.address]);
});

test("a server that has another key than before is told of and not used", () => {
  const { lan, hints, distrusted } = made(new Map([[FIRST.address, SECOND.card.noiseKey]]));

  lan.handleFound(0, FIRST);
  expect(distrusted).toEqual([FIRST.address]);
  lan.handleFound(0, SECOND);

  expect(hints.map(({ address }) => address)).toEqual([SECOND.address]);
});

function made(pins: ReadonlyMap<Address, Uint8Array> = new Map()) {
  const hints: ServerHint[] = [];
  const distrusted: Address[] = [];
  const lan = new LanServer({
    found: (hint) => hints.push(hint),
    pinnedKey: (address) => pins.get(address),
    onDistrust: (address) => distrusted.push(address),
  });
  return { lan, hints, distrusted };
}

function serverAt(host: string, number: number): Found {
  const { signing, noise } = identityFromSecret(new Uint8Array(64).fill(number));
  const card = signCard({ signing, noiseKey: noise.publicKey, name: "server", serial: 1 });
  const address = addressOf(host, 3478);
  if (address === undefined) throw new Error(`no address: ${host}`);
  return { role: "server", card, address };
}
