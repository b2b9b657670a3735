/** What this process has used. */
export interface Usage {
  /** User and system, since the mark. */
  readonly cpuS: number;
  /** Since the start. */
  readonly peakRssMiB: number;
}

let before = process.cpuUsage();

/** From here on CPU time counts. */
export function markUsage(): void {
  before = process.cpuUsage();
}

export function readUsage(): Usage {
  const { user, system } = process.cpuUsage(before);
  return { cpuS: (user + system) / 1e6, peakRssMiB: process.resourceUsage().maxRSS / 1024 };
}
