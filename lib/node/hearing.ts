import type { PeerId, RoomId } from "../base/ids.ts";
import { SKEW_MAX_MS } from "../chat/clock.ts";
import type { EntriesHeard, HeardEntry } from "../chat/events.ts";
import { messageId } from "../chat/messageid.ts";
import { compareEntries } from "../chat/order.ts";
import { isMessage, type MessageContent, type Quote } from "../chat/quotes.ts";
import type { EntryName } from "../wire/content.ts";
import type { PeerEvent } from "./events.ts";
import { isMentioned } from "./mention.ts";
import type { Roster } from "./roster.ts";
import type { MessageEvent, ReplyTo } from "./sayings.ts";
import type { Tellings } from "./tellings.ts";

/** Of a message that is answered, this much is told. */
const QUOTED_CHARS_MAX = 120;

export interface HearingOptions {
  readonly me: PeerId;
  readonly roster: Roster;
  /** Where they are told. */
  readonly tellings: Pick<Tellings, "addHeard" | "askOfHeard">;
}

/** Where it is said, as it is called. */
interface Place {
  readonly id: RoomId;
  readonly name: string;
  /** Up to when what is said there counts as its topic. */
  readonly upToMs: number;
}

type HeardMessage = HeardEntry & { readonly content: MessageContent };

/**
 * Makes events of what others say. What changes an earlier message is told only while it counts:
 * the disk, which has all of it by then, knows.
 */
export class Hearing {
  readonly #me: PeerId;
  readonly #roster: Roster;
  readonly #tellings: HearingOptions["tellings"];

  constructor({ me, roster, tellings }: HearingOptions) {
    this.#me = me;
    this.#roster = roster;
    this.#tellings = tellings;
  }

  /** `room`: what its room is called. */
  onHeard(now: number, { room: id, isFilled, entries }: EntriesHeard, room: string): void {
    const place = { id, name: room, upToMs: now + SKEW_MAX_MS };
    const messages = isFilled ? entries.filter(({ content }) => isMessage(content)) : [];
    const seqs = new Set(messages.map(({ entry }) => entry.seq));
    let filled: HeardEntry[] = [];
    for (const heard of entries) {
      const { content } = heard;
      // The message itself is told as it is by now.
      const isEdit = content.kind === "edit" || content.kind === "delete";
      const isFolded = isEdit && seqs.has(content.seq);
      if (isFilled && (isFolded || (isMessage(content) && content.kind !== "reply"))) {
        filled.push(heard);
        continue;
      }
      this.#tellFilled(place, filled);
      filled = [];
      this.#tell(place, heard, isFilled);
    }
    this.#tellFilled(place, filled);
  }

  #tell(place: Place, heard: HeardEntry, isFilled: boolean): void {
    const { entry, content } = heard;
    switch (content.kind) {
      case "text":
      case "action":
        return this.#tellings.addHeard(this.#messageOf(place, heard, content));
      case "reply":
        return this.#tellReply(place, { ...heard, content }, content.to, isFilled);
      case "edit":
        return this.#tellOf(place, { author: entry.author, seq: content.seq }, (id, quote) => {
          if (quote.step !== "said" || quote.editSeq !== entry.seq) return undefined;
          return { type: "edited", ...this.#about(place, heard, id), text: content.text };
        });
      case "delete":
        return this.#tellOf(place, { author: entry.author, seq: content.seq }, (id, quote) => {
          if (quote.step !== "deleted") return undefined;
          return { type: "deleted", ...this.#about(place, heard, id) };
        });
      case "reaction":
        return this.#tellOf(place, content.to, (id, quote) => {
          const { emoji, isOn } = content;
          if (quote.step === "deleted" || quote.step === "other") return undefined;
          if (quote.step === "said") {
            const reaction = quote.reactions.find((one) => one.emoji === emoji);
            if ((reaction?.by.includes(entry.author) ?? false) !== isOn) return undefined;
          }
          return { type: "reaction", ...this.#about(place, heard, id), emoji, isOn };
        });
      case "topic":
        return this.#tellings.askOfHeard({
          kind: "topics",
          query: { rooms: [place.id], upToMs: place.upToMs },
          make: ([topic]) => {
            if (topic === undefined || compareEntries(topic, entry) !== 0) return [undefined];
            const from = this.#roster.who(entry.author);
            return [{ type: "topic", room: place.name, from, topic: content.text }];
          },
        });
      default:
        return content satisfies never;
    }
  }

  /** What was missed comes from the latest down: what changes it may be there before it. */
  #tellFilled(place: Place, filled: readonly HeardEntry[]): void {
    if (filled.length === 0) return;
    const names = filled.map(({ entry }) => entry);
    this.#tellings.askOfHeard({
      kind: "quotes",
      query: { room: place.id, names, isAmendedOnly: true },
      make: (quotes) =>
        filled.map(({ content, ...heard }, i) => {
          if (!isMessage(content)) return undefined;
          return this.#amended(place, { ...heard, content }, quotes[i]);
        }),
    });
  }

  #tellReply(place: Place, heard: HeardMessage, to: EntryName, isFilled: boolean): void {
    const names = isFilled ? [to, heard.entry] : [to];
    this.#tellings.askOfHeard({
      kind: "quotes",
      query: { room: place.id, names, isAmendedOnly: false },
      make: ([quote, own]) => {
        const id = messageId(place.id, to.author, to.seq);
        const text = quote?.step === "said" ? beginningOf(quote.text) : null;
        const replyTo = { id, from: this.#roster.who(to.author), text };
        return [this.#amended(place, heard, own, replyTo)];
      },
    });
  }

  /** What is made of a message that another entry is about, and of that one's id. */
  #tellOf(
    place: Place,
    target: EntryName,
    make: (id: string, quote: Quote) => PeerEvent | undefined,
  ): void {
    this.#tellings.askOfHeard({
      kind: "quotes",
      query: { room: place.id, names: [target], isAmendedOnly: false },
      make: ([quote]) => {
        const id = messageId(place.id, target.author, target.seq);
        return [quote && make(id, quote)];
      },
    });
  }

  #amended(
    place: Place,
    heard: HeardMessage,
    quote: Quote | undefined,
    replyTo?: ReplyTo,
  ): PeerEvent | undefined {
    if (quote?.step === "deleted") return undefined;
    const isEdited = quote?.step === "said" && quote.editSeq !== undefined;
    const text = isEdited ? quote.text : heard.content.text;
    const event = this.#messageOf(place, heard, { ...heard.content, text }, replyTo);
    return isEdited ? { ...event, edited: true } : event;
  }

  #messageOf(
    place: Place,
    { id, entry, isLate }: HeardEntry,
    content: MessageContent,
    replyTo?: ReplyTo,
  ): MessageEvent {
    const { author, seq, time } = entry;
    const { text } = content;
    const isMention = author !== this.#me && isMentioned(this.#roster.who(this.#me), text);
    const message = {
      type: "message",
      id,
      room: place.name,
      from: this.#roster.who(author),
      text,
      sentAtMs: time.wallMs,
      tick: time.tick,
      seq,
      isLate,
    } as const;
    // Most are just that, and there are many of them.
    if (content.kind !== "action" && replyTo === undefined && !isMention) return message;
    return {
      ...message,
      ...(content.kind === "action" ? { action: true } : {}),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(isMention ? { mention: true } : {}),
    };
  }

  #about(place: Place, { entry }: HeardEntry, id: string) {
    return { id, room: place.name, from: this.#roster.who(entry.author) };
  }
}

/** As much of a text as tells people which it is. */
export function beginningOf(text: string): string {
  if (text.length <= QUOTED_CHARS_MAX) return text;
  return `${text.slice(0, QUOTED_CHARS_MAX).toWellFormed()}…`;
}
