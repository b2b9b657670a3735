import type { PeerId } from "../base/ids.ts";
import { Chat } from "../chat/chat.ts";
import { pathKind } from "../paths/candidates.ts";
import { decodeCard } from "../wire/card.ts";
import { Callers } from "./callers.ts";
import { Carrier } from "./carrier.ts";
import { Desk } from "./desk.ts";
import { Diagnosis } from "./diagnosis.ts";
import { Encounters } from "./encounters.ts";
import { Endpoint } from "./endpoint.ts";
import { Fellows } from "./fellows.ts";
import { Introducer } from "./introducer.ts";
import { Lookout } from "./lookout.ts";
import { Members } from "./members.ts";
import { Networks } from "./networks.ts";
import type { PeerOptions } from "./options.ts";
import { Pins } from "./pins.ts";
import { Relays } from "./relays.ts";
import { Reporter } from "./reporter.ts";
import { Roster } from "./roster.ts";
import { Search } from "./search.ts";
import { ServerLink } from "./serverlink.ts";

/** Sessions with peers and the server: twice as many as a room keeps members. */
const CONNECTIONS_MAX = 2048;

/** What a client's node is made of. */
export interface Parts {
  readonly endpoint: Endpoint;
  readonly server: ServerLink;
  readonly chat: Chat;
  readonly roster: Roster;
  readonly reporter: Reporter;
  readonly desk: Desk;
  readonly callers: Callers;
  readonly fellows: Fellows;
  readonly search: Search;
  readonly lookout: Lookout | undefined;
  readonly pins: Pins;
  readonly encounters: Encounters;
}

/** Makes them, each with those that it asks. `onMeeting`: somebody is about to be met. */
export function partsOf(
  options: PeerOptions,
  onMeeting: (now: number, peerId: PeerId) => void,
): Parts {
  const { identity, restored, random, surveys } = options;
  const me = identity.peerId;
  const server = new ServerLink((peerId) => endpoint.trails.get(peerId)?.counts);
  const roster = new Roster(restored.cards.map(decodeCard).filter((card) => card !== undefined));
  const endpoint = new Endpoint({
    ...options,
    purpose: "peer",
    admission: undefined,
    kindOf: (remote) => pathKind(server.vantage.hosts, remote),
    connectionsMax: CONNECTIONS_MAX,
    isStranger: (peerId) => roster.get(peerId) === undefined,
    hasWord: (peerId) => chat.hasWord(peerId),
  });
  roster.learn(endpoint.card);
  // Oneself is not to be forgotten.
  roster.setState(me, "connected");
  const chat = new Chat({ me, restored: restored.chat });
  const addressOf = (peerId: PeerId) => {
    const path = endpoint.connectionTo(peerId)?.path;
    return path?.kind === "relay" ? undefined : path?.remote;
  };
  const reporter = new Reporter({ me, roster, chat, server, addressOf });
  const members = new Members(server, chat);
  const introducer = new Introducer(random, chat, CONNECTIONS_MAX);
  const search = new Search(server, members);
  const isWilling = options.relays;
  const carrier = new Carrier({ now: options.now, endpoint, chat, isWilling });
  const relays = new Relays({ endpoint, chat, search, isWilling });
  const fellows = new Fellows({ members, introducer, carrier, relays });
  const { sockets } = endpoint;
  const networks = new Networks(restored.networks);
  const lookout = surveys ? new Lookout({ random, sockets, networks }) : undefined;
  const encounters = new Encounters(restored.encounters);
  const callers = new Callers({
    endpoint,
    chat,
    roster,
    server,
    search,
    relays,
    encounters,
    onMeeting,
    log: (message, fields) => reporter.log("debug", message, fields),
  });
  const diagnosis = new Diagnosis({ endpoint, roster, server, callers, reporter });
  const desk = new Desk({
    me,
    chat,
    roster,
    server,
    search,
    endpoint,
    report: (event) => reporter.add(event),
    explain: (at, peerId, req) => diagnosis.explain(at, peerId, req),
  });
  const pins = new Pins();
  const met = { fellows, search, lookout, pins, encounters };
  return { endpoint, server, chat, roster, reporter, desk, callers, ...met };
}
