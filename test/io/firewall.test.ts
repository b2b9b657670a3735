import { expect, test } from "bun:test";
import { isClosedByIptables, isClosedByNft } from "../../lib/io/doctor/firewall.ts";

const chain = (hook: string, policy: string, ...rules: string[]): string => `table inet filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
	chain input {
		type filter hook ${hook} priority filter; policy ${policy};
		${rules.join("\n\t\t")}
	}
	chain other {
		drop
	}
}`;

test.each([
  [chain("input", "accept"), false],
  [chain("input", "drop", "ct state established accept"), true],
  [chain("input", "accept", "ct state established accept", "drop"), true],
  [chain("input", "accept", "counter packets 1 bytes 2 reject with icmp port-unreachable"), true],
  [chain("input", "accept", "tcp dport 22 drop", "accept"), false],
  [chain("input", "accept", "udp dport 9 drop"), false],
  [chain("output", "drop"), false],
  ["", false],
])("nftables that drop what comes unasked are known by the end of their chain: %#", (rules, is) => {
  expect(isClosedByNft(rules)).toBe(is);
});

test.each([
  ["-P INPUT ACCEPT\n", false],
  ["-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n", true],
  ["-P INPUT ACCEPT\n-A INPUT -p tcp -j DROP\n", false],
  ["-P INPUT ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j REJECT --reject-with x\n", true],
])("so are those of iptables: %#", (rules, is) => {
  expect(isClosedByIptables(rules)).toBe(is);
});
