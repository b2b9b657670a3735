import type { EnvelopeId, PeerId, RoomId } from "../../lib/base/ids.ts";
import type { ChatLoaded, ChatWrite, Entrusted, HeldEnvelope } from "../../lib/chat/records.ts";

type SealedWrite = Extract<
  ChatWrite,
  { kind: "entrusted" | "unentrusted" | "hold" | "passed" | "lost" | "unhold" }
>;

/** Whether that own run waits for that peer. */
type IsWaiting = (peer: PeerId, room: RoomId, seq: number) => boolean;

/** What a disk in memory has of sealed envelopes. */
export class MemorySealed {
  /** Held for others, in the order of their coming; without what is given, or cannot be. */
  readonly held = new Map<
    EnvelopeId,
    HeldEnvelope & { readonly envelope: Uint8Array | undefined }
  >();
  /** Of one's own held by others. */
  readonly entrusted = new Map<EnvelopeId, Entrusted>();

  write(write: SealedWrite, isWaiting: IsWaiting): void {
    switch (write.kind) {
      case "entrusted":
        this.entrusted.set(write.id, write);
        return this.settle(isWaiting);
      case "unentrusted":
        this.entrusted.delete(write.id);
        return;
      case "hold":
        if (this.held.has(write.id)) throw new Error("An envelope is held twice");
        this.held.set(write.id, { ...write, receipt: undefined });
        return;
      case "passed": {
        const { id, receipt } = write;
        const held = this.held.get(id);
        if (held === undefined) throw new Error("What was passed on is held");
        this.held.set(id, { ...held, size: 0, envelope: undefined, receipt });
        return;
      }
      case "lost": {
        const { id, reason: lost } = write;
        const held = this.held.get(id);
        if (held === undefined) throw new Error("What is lost was held");
        this.held.set(id, { ...held, size: 0, envelope: undefined, lost });
        return;
      }
      case "unhold":
        this.held.delete(write.id);
        return;
      default:
        write satisfies never;
    }
  }

  /** Of runs that wait no more there is nothing to be held. */
  settle(isWaiting: IsWaiting): void {
    for (const [id, it] of this.entrusted) {
      const runs = it.runs.filter(({ seq }) => isWaiting(it.recipient, it.room, seq));
      if (runs.length === 0) this.entrusted.delete(id);
      else this.entrusted.set(id, { ...it, runs });
    }
  }

  /** What waits there has other numbers now. */
  forget(room: RoomId): void {
    for (const [id, it] of this.entrusted) if (it.room === room) this.entrusted.delete(id);
  }

  load(id: EnvelopeId): ChatLoaded {
    return { kind: "held", envelope: this.held.get(id)?.envelope };
  }
}
