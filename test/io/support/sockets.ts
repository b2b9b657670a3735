import type { Address } from "../../../lib/base/address.ts";
import { UdpSocket, type UdpOptions } from "../../../lib/io/udp.ts";
import type { SendError } from "../../../lib/node/machine.ts";

/** A bound socket, and all that came out of it. */
export interface Opened {
  readonly socket: UdpSocket;
  readonly heard: { readonly from: Address; readonly bytes: Uint8Array }[];
  readonly errors: {
    readonly to: Address;
    readonly error: SendError;
    readonly sizeBytes: number;
  }[];
  readonly states: ("blocked" | "writable")[];
}

export async function openSocket(
  host?: string,
  options: Pick<UdpOptions, "tune" | "firstDatagramBytes"> = {},
): Promise<Opened> {
  const socket = await UdpSocket.open({ host, port: 0, ...options });
  const opened: Opened = { socket, heard: [], errors: [], states: [] };
  socket.attach({
    onDatagram: (from, bytes) => opened.heard.push({ from, bytes }),
    onSendError: (to, error, sizeBytes) => opened.errors.push({ to, error, sizeBytes }),
    onBlocked: () => opened.states.push("blocked"),
    onWritable: () => opened.states.push("writable"),
  });
  return opened;
}

/** Waits for what real sockets, disks and processes take their time for. */
export async function until(isSo: () => boolean, withinMs = 2000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > deadline)
      throw new Error(`Not within ${withinMs} ms: ${isSo.toString()}`);
    await Bun.sleep(1);
  }
}
