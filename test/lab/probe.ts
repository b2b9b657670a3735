/**
 * A UDP socket that is driven in JSON lines, to try the lab itself without the program under test.
 * in: {"to":"192.0.2.1","port":9,"text":"hi"}; out: {"type":"ready","port"}, then
 * {"type":"received","from","port","text"} for every datagram.
 */
const say = (line: Readonly<Record<string, unknown>>): void => console.log(JSON.stringify(line));

const socket = await Bun.udpSocket({
  hostname: "0.0.0.0",
  socket: {
    data: (_socket, bytes, port, from) => {
      say({ type: "received", from, port, text: new TextDecoder().decode(bytes) });
    },
    // An ICMP answer to an earlier datagram: the lab's closed doors are expected.
    error: () => {},
  },
});
say({ type: "ready", port: socket.port });

for await (const line of console) {
  const command: unknown = JSON.parse(line);
  if (!isSend(command)) throw new Error(`Cannot understand ${line}`);
  try {
    socket.send(command.text, command.port, command.to);
  } catch {
    // A pending ICMP answer makes one send fail; the next one goes out.
    socket.send(command.text, command.port, command.to);
  }
}

interface Send {
  readonly to: string;
  readonly port: number;
  readonly text: string;
}

function isSend(value: unknown): value is Send {
  return typeof value === "object" && value !== null && "to" in value && "port" in value;
}
