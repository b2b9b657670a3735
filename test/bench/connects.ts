import type { Address } from "../../lib/base/address.ts";
import type { Card } from "../../lib/wire/card.ts";
import { Caller } from "./caller.ts";
import { SessionHost } from "./sessionhost.ts";
import { median } from "./statistics.ts";
import type { Samples } from "./tasks.ts";

const CONNECTS_WARM = 10;
const CONNECTS = 25;

/**
 * From the call on a known address, by somebody never met, to the answer to the first message; in
 * ms. `coldMs` is that of the first call of the process's life.
 */
export async function connects(far: Far, warm: () => Promise<void>): Promise<Samples> {
  const coldMs = await connectOnce(far);
  for (let i = 0; i < CONNECTS_WARM; i++) await connectOnce(far);
  await warm();
  const times: number[] = [];
  for (let i = 0; i < CONNECTS; i++) times.push(await connectOnce(far));
  return { ms: median(times), coldMs };
}

interface Far {
  readonly card: Card;
  readonly address: Address;
  readonly datagramBytesMax: number | undefined;
}

async function connectOnce({ card, address, datagramBytesMax }: Far): Promise<number> {
  const caller = new Caller();
  const host = await SessionHost.open({ appFor: () => caller, datagramBytesMax });
  const answered = Promise.withResolvers<void>();
  const startedAtMs = performance.now();
  host.call(card, address);
  await caller.opened;
  host.turn(() => caller.ping(answered.resolve));
  await answered.promise;
  const lastedMs = performance.now() - startedAtMs;
  host.close();
  return lastedMs;
}
