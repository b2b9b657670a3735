import type { PeerId } from "../../lib/base/ids.ts";
import type { CountsLoaded } from "../../lib/chat/history.ts";
import type { Entrusted, OutboxRow } from "../../lib/chat/records.ts";
import type { MemoryEntries } from "./memoryentries.ts";
import { quotesIn } from "./memoryquotes.ts";

/** How many messages wait for each, and how many of them others hold. */
export function countsIn(
  outbox: ReadonlyMap<PeerId, ReadonlyMap<string, OutboxRow>>,
  entries: MemoryEntries,
  entrusted: readonly Entrusted[],
): CountsLoaded {
  const saidIn = ({ run: { room, author, seq, ...run } }: OutboxRow): number => {
    const names = run.entries.map((_, i) => ({ author, seq: seq + i }));
    const { quotes } = quotesIn(entries.ofRoom(room), { names, isAmendedOnly: false });
    return quotes.filter((quote) => quote?.step === "said").length;
  };
  const counts = [...outbox].map(([peer, rows]) => {
    const all = [...rows.values()].map((row) => {
      const holding = entrusted.filter(({ recipient, room, runs }) => {
        const isHeld = runs.some(({ seq }) => seq === row.run.seq);
        return recipient === peer && room === row.run.room && isHeld;
      });
      return { said: saidIn(row), holders: holding.map(({ holder }) => holder) };
    });
    const some = all.filter(({ said }) => said > 0);
    const held = some.filter(({ holders }) => holders.length > 0);
    const holders = [...new Set(held.flatMap((run) => run.holders))];
    return { peer, count: sumOf(some), held: sumOf(held), holders };
  });
  return { kind: "counts", step: "counted", counts: counts.filter(({ count }) => count > 0) };
}

function sumOf(runs: readonly { readonly said: number }[]): number {
  return runs.reduce((sum, { said }) => sum + said, 0);
}
