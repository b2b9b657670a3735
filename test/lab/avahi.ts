import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Program } from "../support/program.ts";
import { PATH, run } from "./namespaces.ts";

const BUS = (socket: string): string => `
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>`;

const DAEMON = `
[server]
host-name=lab
use-ipv4=yes
use-ipv6=yes
[wide-area]
enable-wide-area=no
`;

/** The daemon is up as soon as its bus answers for it. */
const START_MS = 5_000;

/** A service as `avahi-browse --parsable --resolve` tells it. */
export interface Browsed {
  readonly family: "IPv4" | "IPv6";
  readonly instance: string;
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly txt: string;
}

/** Debian's multicast DNS daemon in a namespace, with a bus and a configuration of its own. */
export class Avahi implements AsyncDisposable {
  readonly #within: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #programs: readonly Program[];

  private constructor(
    within: readonly string[],
    env: Readonly<Record<string, string>>,
    programs: readonly Program[],
  ) {
    this.#within = within;
    this.#env = env;
    this.#programs = programs;
  }

  static missing(): string | undefined {
    const tools = ["avahi-daemon", "avahi-browse", "dbus-daemon"];
    const lacking = tools.find((tool) => Bun.which(tool, PATH) === null);
    return lacking && `needs ${lacking}: bash test/setup.sh`;
  }

  static async start(within: readonly string[], directory: string): Promise<Avahi> {
    mkdirSync(directory, { recursive: true });
    const socket = join(directory, "bus");
    const files = { bus: join(directory, "bus.conf"), daemon: join(directory, "avahi.conf") };
    writeFileSync(files.bus, BUS(socket));
    writeFileSync(files.daemon, DAEMON);
    const env = { ...PATH, DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${socket}` };
    const options = { within, env, cwd: directory };
    const bus = ["dbus-daemon", "--nofork", `--config-file=${files.bus}`];
    const daemon = ["avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "--file"];
    // A namespace made by ip has its own mounts: the daemon's file of its process id is no other's.
    const own = "mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon";
    const wait = `until [ -S ${socket} ]; do sleep 0.02; done`;
    const shell = ["sh", "-c", `${own} && ${wait} && exec "$@"`, "sh", ...daemon, files.daemon];
    const programs = [new Program(bus, options), new Program(shell, options)];
    const avahi = new Avahi(within, env, programs);
    const endMs = performance.now() + START_MS;
    while (!(await avahi.#isUp())) {
      if (performance.now() < endMs) continue;
      const words = programs.map(({ stderr }) => stderr).join("\n");
      await avahi[Symbol.asyncDispose]();
      throw new Error(`Cannot start avahi-daemon: ${words}`);
    }
    return avahi;
  }

  /** All services of a type, resolved, once the daemon thinks that it has heard of all. */
  async browse(type: string): Promise<Browsed[]> {
    const text = await this.#run(["avahi-browse", "--resolve", "--parsable", "-t", type]);
    return text.split("\n").flatMap((line) => {
      const [sign, , family, instance, , , host, address, port, txt] = line.split(";");
      if (sign !== "=" || (family !== "IPv4" && family !== "IPv6")) return [];
      if (instance === undefined || host === undefined || address === undefined) return [];
      return [{ family, instance, host, address, port: Number(port), txt: txt ?? "" }];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]();
  }

  async #isUp(): Promise<boolean> {
    try {
      await this.#run(["avahi-browse", "--terminate", "--cache", "_none._udp"]);
      return true;
    } catch {
      return false;
    }
  }

  #run(command: readonly string[]): Promise<string> {
    const env = Object.entries(this.#env).map(([name, value]) => `${name}=${value}`);
    return run([...this.#within, "env", ...env, ...command]);
  }
}
