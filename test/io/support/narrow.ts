import { addressOf } from "../../../lib/base/address.ts";
import { openSocket, until } from "./sockets.ts";

/** What became of datagrams over a link on which not all of them fit. */
export interface Narrow {
  /** The sizes of those that arrived. */
  readonly heard: readonly number[];
  readonly errors: readonly string[];
}

async function sendSizes(host: string, to: string, sizes: readonly number[]): Promise<Narrow> {
  const ann = await openSocket(host);
  const bob = await openSocket(to);
  const address = addressOf(to, bob.socket.port);
  if (address === undefined) throw new Error("No address of a bound socket");

  for (const size of sizes) ann.socket.send(address, new Uint8Array(size));
  ann.socket.flush();
  await until(() => bob.heard.length + ann.errors.length === sizes.length);

  ann.socket.close();
  bob.socket.close();
  return {
    heard: bob.heard.map(({ bytes }) => bytes.length),
    errors: ann.errors.map(({ error, sizeBytes }) => `${error} ${sizeBytes}`),
  };
}

if (import.meta.main) {
  const [host = "", to = "", ...sizes] = process.argv.slice(2);
  console.log(JSON.stringify(await sendSizes(host, to, sizes.map(Number))));
}
