import { connect } from "node:net";
import { type Address, hostOf, portOf } from "../../base/address.ts";
import type { Knock } from "../../contract/checks.ts";
import { codeOf } from "../failure.ts";

/**
 * Whether the machine at this address is there, as TCP tells: one that refuses a connection is. No
 * p2pchat server listens there, and nothing is sent.
 */
export async function knock(address: Address, timeoutMs: number): Promise<Knock> {
  const { promise, resolve } = Promise.withResolvers<Knock>();
  const socket = connect({ host: hostOf(address), port: portOf(address) });
  const timer = setTimeout(() => resolve("silent"), timeoutMs);
  socket.on("connect", () => resolve("answers"));
  socket.on("error", (error) => {
    resolve(codeOf(error) === "ECONNREFUSED" ? "answers" : "silent");
  });
  const outcome = await promise;
  clearTimeout(timer);
  socket.destroy();
  return outcome;
}
