import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Directory } from "../../lib/rendezvous/directory.ts";
import { Registrar, type RegistrarEvent } from "../../lib/rendezvous/registrar.ts";
import type { Card } from "../../lib/wire/card.ts";
import { DATAGRAM_BYTES_BASE } from "../../lib/wire/limits.ts";
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
} from "../../lib/wire/rendezvous.ts";
import { cardOf, publicAddress, START, topic } from "./people.ts";

interface Client {
  readonly card: Card;
  readonly registrar: Registrar;
  readonly events: RegistrarEvent[];
}

/** A directory and its clients, whose messages cross as bytes and at once. */
class Exchange {
  readonly directory = new Directory();
  readonly clients: Client[] = [];

  join(seed: number, topics: readonly Uint8Array[] = []): Client {
    const registrar = new Registrar({ topics });
    const client: Client = { card: cardOf(seed), registrar, events: [] };
    this.clients.push(client);
    this.directory.onOpened(START, { card: client.card, observed: publicAddress(seed) });
    registrar.onServerOpened(START);
    this.settle(START);
    return client;
  }

  settle(now: number): void {
    for (const client of this.clients) this.#ask(now, client);
    for (let output = this.directory.pollOutput(); output !== undefined;) {
      if (output.kind === "answer") {
        const bytes = encodeAnswer(output.answer);
        expect(bytes.length).toBeLessThan(DATAGRAM_BYTES_BASE);
        const answer = decodeAnswer(bytes);
        const { to } = output;
        const client = this.clients.find(({ card }) => card.peerId === to);
        if (answer !== undefined) client?.registrar.handleAnswer(now, answer);
        if (client !== undefined) this.#ask(now, client);
      }
      output = this.directory.pollOutput();
    }
  }

  #ask(now: number, { card, registrar, events }: Client): void {
    for (let output = registrar.pollOutput(); output !== undefined;) {
      if (output.kind === "event") events.push(output.event);
      else {
        const request = decodeRequest(encodeRequest(output.request));
        if (request !== undefined) this.directory.handleRequest(now, card.peerId, request);
      }
      output = registrar.pollOutput();
    }
  }
}

function metBy({ events }: Client): Set<string> {
  return new Set(events.flatMap((event) => (event.type === "introduced" ? event.card.peerId : [])));
}

test("everybody who shares a topic has met, and nobody else, in whatever order they come", () => {
  const arrivals = fc.array(fc.subarray([1, 2, 3, 4]), { maxLength: 20 });
  fc.assert(
    fc.property(arrivals, (rooms) => {
      const exchange = new Exchange();
      for (const [i, topics] of rooms.entries()) exchange.join(i, topics.map(topic));

      for (const [i, client] of exchange.clients.entries()) {
        const expected = rooms.flatMap((theirs, j): string[] => {
          const shared = theirs.some((room) => rooms[i]?.includes(room));
          return shared && i !== j ? [cardOf(j).peerId] : [];
        });
        expect(metBy(client)).toEqual(new Set(expected));
      }
    }),
    { numRuns: 40 },
  );
});

test("a list of many pages arrives whole", () => {
  const exchange = new Exchange();
  for (let i = 0; i < 200; i++) exchange.join(i);
  const [client] = exchange.clients;

  client?.registrar.list(START, 7);
  exchange.settle(START);

  const listed = client?.events.at(-1);
  expect(listed).toEqual({ type: "listed", token: 7, entries: [...exchange.directory.list()] });
  expect(exchange.directory.list()).toHaveLength(200);
});

test("two who seek each other are introduced at the pace of one", () => {
  const exchange = new Exchange();
  const [ann, bob] = [exchange.join(1), exchange.join(2)];
  ann.registrar.seek(START, bob.card.peerId);
  bob.registrar.seek(START + 300, ann.card.peerId);

  const times: number[] = [];
  for (let t = 0; t <= 30_000; t += 10) {
    const before = ann.events.length;
    for (const { registrar } of [ann, bob]) {
      if (registrar.pollTimeout() <= START + t) registrar.handleTimeout(START + t);
    }
    exchange.settle(START + t);
    if (ann.events.length > before) times.push(t);
  }

  const count = (client: Client) =>
    client.events.filter(({ type }) => type === "introduced").length;
  expect(count(ann)).toBe(times.length);
  expect(count(bob)).toBe(times.length);
  expect(times[0]).toBe(0);
  expect(times.filter((t) => t < 10_000).length).toBeLessThanOrEqual(5);
  expect(times.filter((t) => t >= 10_000).length).toBeLessThanOrEqual(2);
  expect(times.filter((t) => t >= 10_000).length).toBeGreaterThan(0);
});
