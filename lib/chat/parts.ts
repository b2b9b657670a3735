import type { PeerId, RoomId } from "../base/ids.ts";
import type { Run } from "../wire/entry.ts";
import { Claims } from "./claims.ts";
import { Commits } from "./commits.ts";
import { Deliveries } from "./deliveries.ts";
import { DirectRooms } from "./directrooms.ts";
import type { Envelopes } from "./envelopes.ts";
import { Exchange, type Signatures } from "./exchange.ts";
import { Forks } from "./forks.ts";
import { Holding } from "./holding.ts";
import { Inbox } from "./inbox.ts";
import { Journal } from "./journal.ts";
import { Loads } from "./loads.ts";
import { Log } from "./log.ts";
import { Mates } from "./mates.ts";
import { Membership } from "./membership.ts";
import type { OpenPeer } from "./openpeer.ts";
import { Outbox } from "./outbox.ts";
import { Outputs } from "./outputs.ts";
import { Punches } from "./punches.ts";
import { Reading } from "./reading.ts";
import { Reads } from "./reads.ts";
import { Recovery } from "./recovery.ts";
import { Reception } from "./reception.ts";
import type { RestoredChat } from "./records.ts";
import { Rewordings } from "./rewordings.ts";
import { Speech } from "./speech.ts";
import { Statuses } from "./statuses.ts";
import { Timeline } from "./timeline.ts";
import { Withdrawals } from "./withdrawals.ts";

export interface ChatOptions {
  readonly now: number;
  readonly me: PeerId;
  readonly restored: RestoredChat;
  readonly signatures: Signatures;
  readonly envelopes: Envelopes;
  /** Whether one holds for others, and has others hold for oneself: neither where not given. */
  readonly holds?: boolean;
  readonly asksHold?: boolean;
  /** To whom nothing may be sent that a person has said; nobody where not given. */
  readonly isBarred?: (peer: PeerId) => boolean;
  /** Of whom nothing is taken that others pass on; nobody where not given. */
  readonly isBlocked?: (peer: PeerId) => boolean;
  /** Whether others are told how far the person here has read what they said. */
  readonly sharesRead?: boolean;
}

/** What the conversations of one person are made of, and what each part tells which others. */
export function partsOf({ now, me, restored, signatures, envelopes, ...rules }: ChatOptions) {
  const { isBarred = () => false, isBlocked = () => false, sharesRead = false } = rules;
  const { holds = false, asksHold = false } = rules;
  const open = new Map<PeerId, OpenPeer>();
  const outputs = new Outputs();
  const log = new Log(restored);
  const journal = new Journal(log, open, signatures.tag);
  const direct = new DirectRooms(me);
  const statuses = new Statuses(me, direct, outputs);
  const membership = new Membership(restored, { journal, outputs, open });
  const mates = new Mates(membership, isBarred);
  const forks = new Forks(restored.forks, { journal, outputs, mates });
  const loads = new Loads(outputs);
  const shared = { me, open, outputs, log, journal, direct, statuses, membership, mates, forks };
  const parts = { ...shared, loads, timeline: new Timeline(), isBarred, isBlocked };
  const reading = new Reading({ ...parts, isShared: sharesRead });
  const reads = new Reads(me, parts);
  const onHeld = (at: number, run: Run) => reading.onHeld(at, run);
  const inbox = new Inbox({ ...parts, onHeld });
  const mayGo = (peer: PeerId, room: RoomId) => claims.mayGo(peer, room);
  const isStalled = (room: RoomId) => speech.isStalled(room);
  const outbox = new Outbox(restored.waiting, { ...parts, mayGo, isStalled });
  const speech = new Speech(me, { ...parts, outbox });
  const onRecovered = (at: number, room: RoomId) => {
    exchange.onRecovered(at, room);
    claims.onSigned(room);
  };
  const onMoving = (room: RoomId) => holding.onMoving(room);
  const isUnsure = (room: RoomId) => exchange.isAskingOfOwn(room);
  const watch = { me, onRecovered, onMoving, isUnsure };
  const recovery = new Recovery(watch, { ...parts, speech, outbox });
  const isMoving = (room: RoomId) => recovery.isMoving(room);
  const claims = new Claims(
    {
      me,
      isMoving,
      onOther: (peer, head) => recovery.onOther(peer, head),
      onClaimed: (peer, head) => exchange.onClaimed(peer, head),
      onReleased: (room) => exchange.onReleased(room),
      onFree: (peer) => {
        outbox.onMet(peer.id);
        exchange.onFree();
      },
    },
    parts,
  );
  const exchange = new Exchange(me, signatures, {
    ...parts,
    isSending: (peer) => outbox.hasWaiting(peer),
    isMoving,
    isRenumbering: (room) => recovery.isRenumbering(room),
    maySign: (room) => claims.maySign(room),
    onLost: (at, chain, checkpoint) => recovery.onLost(at, chain, checkpoint),
  });
  const deliveries = new Deliveries(outputs);
  const withdrawals = new Withdrawals(me, { ...parts, outbox, deliveries });
  const rewordings = new Rewordings(me, { ...parts, outbox, deliveries, recovery, speech });
  const seals = { signatures, envelopes, outbox };
  const holding = new Holding({ now, me, restored, holds, asksHold }, { ...parts, ...seals });
  const talk = { inbox, outbox, speech, recovery, claims, exchange, reading, reads, holding };
  const changes = { deliveries, withdrawals, rewordings };
  const all = { ...parts, ...talk, ...changes, punches: new Punches(outputs) };
  return { ...all, reception: new Reception(all), commits: new Commits(all) };
}
