import { expect, test } from "bun:test";
import { assert } from "../../../lib/base/assert.ts";
import { CLOSE_CODES } from "../../../lib/session/session.ts";
import { RENDEZVOUS_CHANNEL } from "../../../lib/wire/channels.ts";
import { encodeRequest, type RendezvousRequest } from "../../../lib/wire/rendezvous.ts";
import { End, nth } from "../end.ts";
import { at, Net } from "../net.ts";
import { host } from "../people.ts";

const CLIENT = at("198.51.100.1");
const SERVER = at("203.0.113.1");

/** A server, and a client that asks what it likes. */
function stage() {
  const net = new Net(1);
  const server = host(net, SERVER, nth(2));
  const client = new End(net, CLIENT, { identity: nth(0), name: "eve" });
  const meet = (): void => {
    client.endpoint.meetServer(net.now, { name: "srv", address: SERVER, noiseKey: undefined });
    net.run(2_000);
  };
  const connection = () => {
    const [found] = client.connections;
    assert(found !== undefined, "the client has met the server");
    return found;
  };
  const ask = (request: RendezvousRequest): boolean => {
    const { peerId } = connection().card;
    return client.endpoint.send(peerId, RENDEZVOUS_CHANNEL, encodeRequest(request));
  };
  const listed = (): number => {
    server.command({ type: "list", req: "l" });
    const reply = server.events.findLast((event) => event.type === "reply");
    return reply?.command === "list" ? reply.clients.length : -1;
  };
  meet();
  ask({ kind: "register", candidates: [], topics: [] });
  net.run(100);
  return { net, client, connection, ask, listed };
}

test.each(Object.entries(CLOSE_CODES))(
  "a client that leaves with the code for %s is listed no more",
  (_, code) => {
    const { net, client, connection, listed } = stage();
    const before = listed();

    client.endpoint.close(connection(), code, "left");
    net.run(100);

    expect([before, listed()]).toEqual([1, 0]);
  },
);
