import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { type Address, hostOf, isIpv6, portOf } from "../../base/address.ts";
import type { Knock } from "../../contract/checks.ts";
import type { SendError } from "../../node/machine.ts";
import { encodeStun, STUN_REQUEST_BYTES } from "../../wire/stun.ts";
import { TRANSACTION_BYTES } from "../../wire/stunframe.ts";
import { codeOf } from "../failure.ts";
import { systemRandom } from "../random.ts";

/** A lost answer is asked for once more. */
const AGAIN_MS = 300;

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

/**
 * What the machine there, or whoever stands on the way, says of a datagram by ICMP: the system
 * tells it to sockets that are connected, and the node's are not.
 */
export async function refusalOf(
  address: Address,
  timeoutMs: number,
): Promise<SendError | undefined> {
  const { promise, resolve } = Promise.withResolvers<SendError | undefined>();
  const socket = createSocket(isIpv6(address) ? "udp6" : "udp4");
  const ask = (): void => {
    try {
      socket.send(bindingRequest(), () => undefined);
    } catch {
      // It is not connected: no way leads there.
      resolve("unreachable");
    }
  };
  const timers = [setTimeout(() => resolve(undefined), timeoutMs)];
  socket.on("error", (error) => resolve(meaningOf(codeOf(error))));
  socket.on("message", () => resolve(undefined));
  socket.connect(portOf(address), hostOf(address), () => {
    ask();
    timers.push(setTimeout(ask, AGAIN_MS));
  });
  const outcome = await promise;
  for (const timer of timers) clearTimeout(timer);
  socket.close();
  return outcome;
}

function meaningOf(code: string | undefined): SendError | undefined {
  if (code === "ECONNREFUSED") return "refused";
  return code === "EHOSTUNREACH" || code === "ENETUNREACH" ? "unreachable" : undefined;
}

function bindingRequest(): Uint8Array {
  const transaction = systemRandom(TRANSACTION_BYTES);
  const change = { ip: false, port: false };
  return encodeStun(
    {
      kind: "request",
      transaction,
      change,
      responsePort: undefined,
      isPadded: false,
      unknown: [],
    },
    STUN_REQUEST_BYTES,
  );
}
