import type { PeerId } from "../base/ids.ts";
import { Chat } from "../chat/chat.ts";
import { isAuthenticCheckpoint, signCheckpoint } from "../crypto/checkpoint.ts";
import { isAuthenticReceipt, signReceipt } from "../crypto/envelope.ts";
import { runTag } from "../crypto/identity.ts";
import { pathKind } from "../paths/candidates.ts";
import type { Card } from "../wire/card.ts";
import { Authors } from "./authors.ts";
import { Callers } from "./callers.ts";
import { Carrier } from "./carrier.ts";
import { Desk } from "./desk.ts";
import { Diagnosis } from "./diagnosis.ts";
import { DiskWatch } from "./diskwatch.ts";
import { Encounters } from "./encounters.ts";
import { Endpoint } from "./endpoint.ts";
import { Envelopes } from "./envelopes.ts";
import { Fellows } from "./fellows.ts";
import { Introducer } from "./introducer.ts";
import { Lookout } from "./lookout.ts";
import { Members } from "./members.ts";
import { Networks } from "./networks.ts";
import type { PeerOptions } from "./options.ts";
import { Pins } from "./pins.ts";
import { Recalls } from "./recalls.ts";
import { Presence } from "./presence.ts";
import { Relays } from "./relays.ts";
import { Reporter } from "./reporter.ts";
import { acquaintancesOf, Roster } from "./roster.ts";
import { Search } from "./search.ts";
import { ServerLink } from "./serverlink.ts";
import { Successors } from "./successors.ts";
import { Verifications } from "./verification.ts";

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
  readonly successors: Successors;
  readonly pins: Pins;
  readonly disk: DiskWatch;
  readonly verifications: Verifications;
  readonly presence: Presence;
  readonly authors: Authors;
  readonly encounters: Encounters;
  readonly recalls: Recalls;
}

/** What the parts tell the switchboard of their own accord. */
export interface Bells {
  /** Somebody is about to be met, or asked for again. */
  onMeeting(now: number, peerId: PeerId): void;
  /** What may be sent to somebody has changed. */
  onJudged(now: number, peerId: PeerId): void;
}

/** Makes them, each with those that it asks. */
export function partsOf(options: PeerOptions, bells: Bells): Parts {
  const { identity, restored, random, surveys, echoes = false } = options;
  const me = identity.peerId;
  const server = new ServerLink((peerId) => endpoint.trails.get(peerId)?.counts);
  const roster = new Roster(acquaintancesOf(restored.people));
  const endpoint = new Endpoint({
    ...options,
    purpose: "peer",
    admission: undefined,
    kindOf: (remote) => pathKind(server.vantage.hosts, remote),
    connectionsMax: CONNECTIONS_MAX,
    isStranger: (peerId) => roster.get(peerId) === undefined,
    hasWord: (peerId) => chat.hasWord(peerId),
  });
  roster.addMe(endpoint.card);
  const pins = new Pins();
  const chat = chatOf(options, { roster, pins, card: endpoint.card });
  const addressOf = (peerId: PeerId) => {
    const path = endpoint.connectionTo(peerId)?.path;
    return path?.kind === "relay" ? undefined : path?.remote;
  };
  const reporter = new Reporter({ me, roster, chat, server, addressOf, echoes });
  const members = new Members(server, chat);
  const introducer = new Introducer(random, chat, CONNECTIONS_MAX);
  const encounters = new Encounters(restored.encounters);
  const recalls = new Recalls({ ...options, endpoint, roster, server, encounters });
  const search = new Search({ server, members, recalls });
  const isWilling = options.relays;
  const carrier = new Carrier({ now: options.now, endpoint, chat, isWilling });
  const relays = new Relays({ endpoint, chat, search, isWilling });
  const fellows = new Fellows({ members, introducer, carrier, relays });
  const eye = { random, sockets: endpoint.sockets, networks: new Networks(restored.networks) };
  const lookout = surveys ? new Lookout(eye) : undefined;
  const callers = new Callers({
    endpoint,
    chat,
    roster,
    server,
    search,
    relays,
    encounters,
    onMeeting: (at, peerId) => bells.onMeeting(at, peerId),
    log: (message, fields) => reporter.log("debug", message, fields),
  });
  const successors = new Successors({
    random,
    endpoint,
    server,
    mayFollow: (at, peerId) => callers.mayFollow(at, peerId),
    isTrusted: (peerId) => callers.isTrusted(peerId, false),
  });
  const authors = new Authors({ endpoint, roster, chat, pins });
  const presence = new Presence((peerId) => roster.isBarred(peerId));
  const disk = new DiskWatch((event) => reporter.add(event));
  const told = { presence, verifications: new Verifications(me, random) };
  const people = { pins, disk, authors, ...told };
  const base = { endpoint, server, chat, roster, reporter, callers };
  const met = { fellows, search, lookout, successors, encounters, recalls };
  const parts = { ...base, ...met, ...people };
  return { ...parts, desk: deskOf(me, parts, bells) };
}

function chatOf(
  options: PeerOptions,
  { roster, pins, card }: { readonly roster: Roster; readonly pins: Pins; readonly card: Card },
): Chat {
  const { now, random, identity, restored } = options;
  const { sharesRead = false, holds = false, asksHold = false } = options;
  return new Chat({
    now,
    me: identity.peerId,
    restored: restored.chat,
    signatures: {
      sign: (fields) => signCheckpoint(identity.signing, fields),
      isAuthentic: isAuthenticCheckpoint,
      tag: (bytes) => runTag(identity, bytes),
      signReceipt: (fields) => signReceipt(identity.signing, fields),
      isReceipt: isAuthenticReceipt,
    },
    envelopes: new Envelopes({ now, random, identity, roster, pins, card }),
    sharesRead,
    holds,
    asksHold,
    isBarred: (peerId) => roster.isBarred(peerId),
    isBlocked: (peerId) => roster.isBlocked(peerId),
  });
}

function deskOf(me: PeerId, parts: Omit<Parts, "desk">, bells: Bells): Desk {
  const diagnosis = new Diagnosis(parts);
  return new Desk({
    ...parts,
    me,
    tellings: parts.reporter.tellings,
    report: (event) => parts.reporter.add(event),
    explain: (at, peerId, req) => diagnosis.explain(at, peerId, req),
    pathTo: (peerId) => {
      const connection = parts.endpoint.connectionTo(peerId);
      const isMet = parts.roster.get(peerId)?.state === "connected";
      return connection === undefined || !isMet ? null : parts.reporter.pathOf(connection);
    },
    onJudged: (at, peerId) => bells.onJudged(at, peerId),
  });
}

/** What has something to do when its time has come. */
export interface Timed {
  handleTimeout(now: number): void;
  pollTimeout(): number;
}

/** Those of the parts that do, in the order in which they are to be told. */
export function timedOf(parts: Parts): readonly Timed[] {
  const { endpoint, server, chat, desk, callers, fellows, successors, recalls, lookout } = parts;
  const { disk, presence } = parts;
  const seeing = lookout === undefined ? [] : [lookout];
  const reaching = [callers, fellows, successors, recalls, ...seeing];
  return [endpoint, server, chat, desk, ...reaching, presence, disk];
}
