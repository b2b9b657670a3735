import { createSocket } from "node:dgram";
import { decodeNatPmpAnswer } from "../../wire/natpmp.ts";
import { decodePcpAnswer } from "../../wire/pcp.ts";

/** Where routers say unasked, to all of 224.0.0.1, that they have begun anew. RFC 6886 §3.2.1 */
const ANNOUNCEMENT_PORT = 5350;

/** RFC 6887 §7. */
const ANNOUNCEMENT_BYTES_MAX = 1100;

/**
 * Tells who announces itself as a router that has begun anew or has a new address, by PCP (RFC 6887
 * §14.1.1) or NAT-PMP (RFC 6886 §3.2.1). It is no more than a reason to ask it. Several programs of
 * a machine may listen; where none may, nothing is told. Returns what ends it.
 */
export function hearAnnouncements(
  onAnnounced: (host: string) => void,
  port = ANNOUNCEMENT_PORT,
): () => void {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  let isClosed = false;
  const close = (): void => {
    if (!isClosed) socket.close();
    isClosed = true;
  };
  socket.on("error", close);
  socket.on("message", (bytes, { address }) => {
    if (bytes.length <= ANNOUNCEMENT_BYTES_MAX && isAnnouncement(bytes)) onAnnounced(address);
  });
  socket.bind(port);
  return close;
}

function isAnnouncement(bytes: Uint8Array): boolean {
  if (decodePcpAnswer(bytes)?.kind === "announced") return true;
  return decodeNatPmpAnswer(bytes)?.kind === "address";
}
