import { expect, test } from "bun:test";
import { decodePacket, type Packet } from "../../lib/wire/packet.ts";
import { flipped } from "../crypto/seeded.ts";
import { End, nth } from "./end.ts";
import { at, Net, type Sent } from "./net.ts";

const CLIENT = at("198.51.100.1");
const SERVER = at("203.0.113.1");

/**
 * A client meets a server, or a peer, whose every datagram of one kind is held up: the test has it
 * first, then it arrives.
 */
function hold(kind: string, purpose: "peer" | "server") {
  const net = new Net(1);
  const client = new End(net, CLIENT, { identity: nth(0) });
  const other = new End(net, SERVER, { identity: nth(1), purpose });
  const held: Sent[] = [];
  net.fate = (sent) => {
    if (decodePacket(sent.bytes)?.kind !== kind || held.length > 0) return [10];
    held.push(sent);
    return [];
  };
  if (purpose === "peer") client.call(other);
  else {
    const server = { name: "server", address: SERVER, noiseKey: undefined };
    client.endpoint.meetServer(net.now, server);
  }
  net.runUntil(() => held.length > 0, 1_000);
  const [sent] = held;
  if (sent === undefined) throw new Error(`No ${kind} was sent`);
  return { net, client, other, sent };
}

/**
 * What is not sealed: the nonce and the padding of a hello come back in a challenge, and so does an
 * initiation whose cookie does not hold; and a client takes one cookie from its server as it comes,
 * for only the server can tell whether it is right. A call is answered whatever the challenge that
 * goes with it, and returns one to the caller that is not its own.
 */
const ANSWERS: Record<string, readonly Packet["kind"][]> = {
  "hello server": ["challenge"],
  "initiation server": ["challenge", "response"],
  "initiation peer": ["response"],
  "challenge server": ["initiation"],
};

test.each([
  ["hello", "server"],
  ["challenge", "server"],
  ["initiation", "server"],
  ["initiation", "peer"],
  ["response", "server"],
  ["response", "peer"],
  ["transport", "peer"],
  ["transport", "server"],
] as const)(
  "every bit flip in the %s for a %s is refused, and the true one still counts",
  (kind, purpose) => {
    const { net, client, other, sent } = hold(kind, purpose);
    const receiver = sent.to === CLIENT ? client : other;
    const before = client.connections.length + other.connections.length;
    const answers: Sent[] = [];

    for (let bit = 0; bit < 8 * sent.bytes.length; bit++) {
      const from = net.sent.length;
      net.deliver(sent.to, sent.from, flipped(sent.bytes, bit));
      answers.push(...net.sent.slice(from));
    }
    net.fate = () => [10];
    const connected = client.connections.length + other.connections.length;

    const kinds = new Set<string | undefined>(
      answers.map(({ bytes }) => decodePacket(bytes)?.kind),
    );
    expect(kinds).toEqual(new Set<string | undefined>(ANSWERS[`${kind} ${purpose}`]));
    if (kind === "challenge") expect(answers).toHaveLength(1);
    else expect(answers.every(({ bytes }) => bytes.length <= sent.bytes.length)).toBe(true);
    expect(connected).toBe(before);
    expect(receiver.connections).toHaveLength(receiver.count("opened"));

    net.deliver(sent.to, sent.from, sent.bytes);
    net.run(1_000);
    expect(client.connections).toHaveLength(1);
    expect(other.connections).toHaveLength(1);
  },
);
