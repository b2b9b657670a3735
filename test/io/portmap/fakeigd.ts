import { parseValue } from "../../../lib/io/portmap/soap.ts";
import { ROUTER_HOST } from "./fakerouter.ts";

const DEVICE = "urn:schemas-upnp-org:device:InternetGatewayDevice:1";
const SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:1";

/** An action that the router was asked for, and some of its arguments. */
export interface Action {
  readonly name: string;
  readonly externalPort: number;
  readonly leaseS: number | undefined;
  readonly from: string | undefined;
}

/** A UPnP router on loopback that answers as told, and remembers what it was asked. */
export class FakeIgd implements Disposable {
  readonly actions: Action[] = [];
  externalIp = "93.184.216.34";
  /** The fault of an action, 0 for none. */
  fault: (action: Action) => number = () => 0;
  description: () => Response = () => new Response(DESCRIPTION);
  readonly #http: Bun.Server<undefined>;
  readonly #ssdp: Bun.udp.Socket<"uint8array">;

  private constructor(http: Bun.Server<undefined>, ssdp: Bun.udp.Socket<"uint8array">, it: Inbox) {
    this.#http = http;
    this.#ssdp = ssdp;
    it.handle = async (request) => await this.#handle(request);
  }

  static async open(): Promise<FakeIgd> {
    const inbox: Inbox = { handle: async () => new Response(null, { status: 503 }) };
    const http = Bun.serve({
      hostname: ROUTER_HOST,
      port: 0,
      development: false,
      fetch: async (request) => await inbox.handle(request),
    });
    const location = `http://${ROUTER_HOST}:${http.port}/rootDesc.xml`;
    const answer = `HTTP/1.1 200 OK\r\nST: ${DEVICE}\r\nLOCATION: ${location}\r\n\r\n`;
    const ssdp = await Bun.udpSocket({
      hostname: ROUTER_HOST,
      port: 1900,
      binaryType: "uint8array",
      socket: {
        data: (own, _bytes, port, host) => void own.send(answer, port, host),
        error: () => undefined,
      },
    });
    return new FakeIgd(http, ssdp, inbox);
  }

  [Symbol.dispose](): void {
    this.#ssdp.close();
    void this.#http.stop(true);
  }

  async #handle(request: Request): Promise<Response> {
    if (request.method === "GET") return this.description();
    const body = await request.text();
    const name = /#(\w+)"/.exec(request.headers.get("soapaction") ?? "")?.[1] ?? "";
    const lease = parseValue(body, "NewLeaseDuration");
    const action: Action = {
      name,
      externalPort: Number(parseValue(body, "NewExternalPort") ?? 0),
      leaseS: lease === undefined ? undefined : Number(lease),
      from: this.#http.requestIP(request)?.address,
    };
    this.actions.push(action);
    const fault = this.fault(action);
    if (fault === 0) return new Response(this.#answer(name));
    const detail = `<UPnPError><errorCode>${fault}</errorCode></UPnPError>`;
    return new Response(`<s:Fault><detail>${detail}</detail></s:Fault>`, { status: 500 });
  }

  #answer(name: string): string {
    const inner =
      name === "GetExternalIPAddress"
        ? `<NewExternalIPAddress>${this.externalIp}</NewExternalIPAddress>`
        : "";
    const body = `<u:${name}Response>${inner}</u:${name}Response>`;
    return `<s:Envelope><s:Body>${body}</s:Body></s:Envelope>`;
  }
}

const DESCRIPTION =
  `<?xml version="1.0"?><root><device><serviceList><service>` +
  `<serviceType>${SERVICE}</serviceType><controlURL>/control</controlURL>` +
  `</service></serviceList></device></root>`;

interface Inbox {
  handle: (request: Request) => Promise<Response>;
}
