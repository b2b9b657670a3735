import { addressOf } from "../../../lib/base/address.ts";
import { openSocket, until } from "./sockets.ts";

/** What became of datagrams sent all at once over a link too slow for them. */
export interface Shaped {
  readonly heard: number;
  readonly isInOrder: boolean;
  readonly dropped: number;
  readonly states: readonly string[];
}

async function sendBurst(count: number): Promise<Shaped> {
  const ann = await openSocket("127.0.0.1");
  const bob = await openSocket("127.0.0.1");
  const to = addressOf("127.0.0.1", bob.socket.port);
  if (to === undefined) throw new Error("No address of a bound socket");

  for (let i = 0; i < count; i++) {
    ann.socket.send(to, new Uint8Array(1000).fill(i & 0xff));
    if (i % 32 === 31) ann.socket.flush();
  }
  ann.socket.flush();
  await until(() => bob.heard.length + ann.socket.dropped === count, 5000);

  const isInOrder = bob.heard.every(({ bytes }, i) => bytes[0] === (i & 0xff));
  const { dropped } = ann.socket;
  ann.socket.close();
  bob.socket.close();
  return { heard: bob.heard.length, isInOrder, dropped, states: ann.states };
}

if (import.meta.main) console.log(JSON.stringify(await sendBurst(Number(process.argv[2]))));
