import { expect, test } from "bun:test";
import { toHex } from "../../lib/base/bytes.ts";
import { Handshake, type HandshakeResult, type Pattern } from "../../lib/crypto/handshake.ts";
import { IK } from "../../lib/crypto/ik.ts";
import { type DhKeyPair, dhKeyPair } from "../../lib/crypto/primitives.ts";
import { hex } from "./hex.ts";
import data from "./noise.json";
import { PATTERNS } from "./patterns.ts";

interface Vector {
  readonly source: string;
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_static?: string;
  readonly init_ephemeral?: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_static?: string;
  readonly resp_ephemeral?: string;
  readonly resp_remote_static?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly Message[];
}

interface Message {
  readonly payload: string;
  readonly ciphertext: string;
}

const VECTORS: readonly Vector[] = data.vectors;

test("there are two vectors for IK and for each of the eight other patterns", () => {
  const names = VECTORS.map((vector) => vector.protocol_name).toSorted();

  const expected = [IK, ...PATTERNS].flatMap(({ protocol }) => [protocol, protocol]);
  expect(names).toEqual(expected.toSorted());
});

for (const vector of VECTORS) {
  const name = `${vector.protocol_name} of ${vector.source}`;

  test(`${name} writes and reads every message byte for byte`, () => {
    const { ann, bob, pattern } = parties(vector);
    const handshake = vector.messages.slice(0, pattern.messages.length);
    const transport = vector.messages.slice(pattern.messages.length);

    for (const [index, message] of handshake.entries()) {
      const [writer, reader] = index % 2 === 0 ? [ann, bob] : [bob, ann];
      expect(toHex(writer.writeMessage(hex(message.payload)))).toBe(message.ciphertext);
      expect(shown(reader.readMessage(hex(message.ciphertext)))).toBe(message.payload);
    }
    const ends = [ann.split(), bob.split()] as const;
    const oneWay = pattern.messages.length === 1;
    const sent = transport.map((message, index) =>
      carry(ends, message, oneWay || (handshake.length + index) % 2 === 0, index, oneWay),
    );

    expect(transport.length).toBeGreaterThan(0);
    expect(sent).toEqual([...transport]);
    expect(toHex(ends[0].hash)).toBe(toHex(ends[1].hash));
    if (vector.handshake_hash) expect(toHex(ends[0].hash)).toBe(vector.handshake_hash);
  });

  test(`${name} is not met by a side with another prologue`, () => {
    const { ann, bob, pattern } = parties({ ...vector, resp_prologue: "00" });
    const first = vector.messages[0];
    const second = vector.messages[1];

    const read = bob.readMessage(ann.writeMessage(hex(first?.payload)));
    const answered = read && pattern.messages.length > 1 && bob.writeMessage(hex(second?.payload));

    // A first message in the clear passes; what is encrypted after it does not.
    expect(answered ? ann.readMessage(answered) : read).toBeUndefined();
  });
}

/** Seals on the one side and opens on the other; the message as it went over. */
function carry(
  [ann, bob]: readonly [HandshakeResult, HandshakeResult],
  message: Message,
  fromAnn: boolean,
  index: number,
  oneWay: boolean,
): Message {
  const [from, to] = fromAnn ? [ann, bob] : [bob, ann];
  const counter = oneWay ? index : Math.floor(index / 2);
  const ciphertext = from.send.seal(counter, hex(message.payload));
  return { payload: shown(to.receive.open(counter, ciphertext)), ciphertext: toHex(ciphertext) };
}

function shown(payload: Uint8Array | undefined): string {
  return payload === undefined ? "refused" : toHex(payload);
}

function parties(vector: Vector): { ann: Handshake; bob: Handshake; pattern: Pattern } {
  const pattern = [IK, ...PATTERNS].find(({ protocol }) => protocol === vector.protocol_name);
  if (pattern === undefined) throw new Error(`No pattern for ${vector.protocol_name}`);
  const common = { pattern, random: noRandom };
  const ann = new Handshake({
    ...common,
    initiator: true,
    prologue: hex(vector.init_prologue),
    ...pair("staticKey", vector.init_static),
    ...pair("ephemeral", vector.init_ephemeral),
    ...remote(vector.init_remote_static),
  });
  const bob = new Handshake({
    ...common,
    initiator: false,
    prologue: hex(vector.resp_prologue),
    ...pair("staticKey", vector.resp_static),
    ...pair("ephemeral", vector.resp_ephemeral),
    ...remote(vector.resp_remote_static),
  });
  return { ann, bob, pattern };
}

function pair<Name extends string>(
  name: Name,
  secret: string | undefined,
): Partial<Record<Name, DhKeyPair>> {
  if (secret === undefined) return {};
  const entry: Partial<Record<Name, DhKeyPair>> = {};
  entry[name] = dhKeyPair(hex(secret));
  return entry;
}

function remote(publicKey: string | undefined): { remoteStatic?: Uint8Array } {
  return publicKey === undefined ? {} : { remoteStatic: hex(publicKey) };
}

function noRandom(): Uint8Array {
  throw new Error("A vector brings its own ephemeral keys");
}
