import { expect, test } from "bun:test";
import {
  formatCall,
  parseDescription,
  parseFault,
  parseValue,
  XML_BYTES_MAX,
} from "../../../lib/io/portmap/soap.ts";

const FROM = new URL("http://192.168.1.1:5000/rootDesc.xml");
const WAN_IP = "urn:schemas-upnp-org:service:WANIPConnection";

function service(type: string, control: string): string {
  return (
    `<service>\r\n<serviceType>${type}</serviceType><serviceId>x</serviceId>` +
    `<controlURL>${control}</controlURL></service>`
  );
}

function description(...inner: readonly string[]): string {
  const list = `<serviceList>${inner.join("")}</serviceList>`;
  return `<?xml version="1.0"?><root><device>${list}</device></root>`;
}

function controls(xml: string): string[] {
  return parseDescription(xml, FROM).map(({ control }) => control.href);
}

test("the services that map ports are found, the newest first", () => {
  const xml = description(
    service("urn:schemas-upnp-org:service:Layer3Forwarding:1", "/ctl/L3F"),
    service("urn:schemas-upnp-org:service:WANPPPConnection:1", "/ctl/PPP"),
    service(`${WAN_IP}:1`, "ctl/IP1"),
    service(`${WAN_IP}:2`, "http://192.168.1.1:5001/ctl/IP2?a=1&amp;b=2"),
  );

  expect(controls(xml)).toEqual([
    "http://192.168.1.1:5001/ctl/IP2?a=1&b=2",
    "http://192.168.1.1:5000/ctl/IP1",
    "http://192.168.1.1:5000/ctl/PPP",
  ]);
});

test("a base of the same host is where paths begin", () => {
  const base = "<URLBase>http://192.168.1.1:49152/x/</URLBase>";
  const xml = `<root>${base}${service(`${WAN_IP}:1`, "ctl")}</root>`;

  expect(controls(xml)).toEqual(["http://192.168.1.1:49152/x/ctl"]);
});

test("nothing leads to another host, another scheme or with a password", () => {
  const urls = [
    "http://192.168.1.2/ctl",
    "//example.com/ctl",
    "https://192.168.1.1/ctl",
    "file:///etc/passwd",
    "http://user:secret@192.168.1.1/ctl",
    "http://[::1",
    `/${"x".repeat(600)}`,
  ];

  for (const url of urls) expect(controls(description(service(`${WAN_IP}:1`, url)))).toEqual([]);
  const based = `<URLBase>http://example.com/</URLBase>${service(`${WAN_IP}:1`, "/ctl")}`;
  expect(controls(based)).toEqual(["http://192.168.1.1:5000/ctl"]);
});

test("a description that is cut, endless or none is read without a throw", () => {
  const whole = description(service(`${WAN_IP}:1`, "/ctl"));

  for (let length = 0; length < whole.length; length += 1) {
    expect(parseDescription(whole.slice(0, length), FROM).length).toBeLessThanOrEqual(1);
  }
  expect(controls(" ".repeat(XML_BYTES_MAX) + whole)).toEqual([]);
});

test("a hostile description yields a bounded number of services, in the time of a test", () => {
  const many = service(`${WAN_IP}:1`, "/ctl").repeat(500);
  const nested = "<service><serviceType ".repeat(3000);

  expect(parseDescription(many, FROM).length).toBeLessThanOrEqual(32);
  expect(parseDescription(nested, FROM)).toEqual([]);
});

test("a value is found in any namespace, unless it is empty of sense", () => {
  const xml = '<u:R xmlns:u="x"><NewExternalIPAddress>93.184.216.34</NewExternalIPAddress></u:R>';

  expect(parseValue(xml, "NewExternalIPAddress")).toBe("93.184.216.34");
  expect(parseValue('<a:NewX b="c"> 7 </a:NewX>', "NewX")).toBe("7");
  expect(parseValue("<NewX></NewX>", "NewX")).toBe("");
  expect(parseValue("<NewXY>7</NewXY>", "NewX")).toBeUndefined();
  expect(parseValue("<NewX><b>7</b></NewX>", "NewX")).toBeUndefined();
  expect(parseValue(`<NewX>${"7".repeat(300)}</NewX>`, "NewX")).toBeUndefined();
  expect(parseValue(`${" ".repeat(XML_BYTES_MAX)}<NewX>7</NewX>`, "NewX")).toBeUndefined();
});

test("a fault is a number", () => {
  const fault = (code: string): string =>
    `<detail><UPnPError><errorCode>${code}</errorCode></UPnPError></detail>`;

  expect(parseFault(fault("718"))).toBe(718);
  expect(parseFault(fault("-1"))).toBeUndefined();
  expect(parseFault(fault("999999"))).toBeUndefined();
  expect(parseFault("")).toBeUndefined();
});

test("a call names its service and its values in order", () => {
  const call = formatCall(`${WAN_IP}:1`, "DeletePortMapping", {
    NewRemoteHost: "",
    NewExternalPort: 40_000,
    NewProtocol: "UDP",
  });

  expect(call).toContain(
    `<s:Body><u:DeletePortMapping xmlns:u="${WAN_IP}:1"><NewRemoteHost></NewRemoteHost>` +
      "<NewExternalPort>40000</NewExternalPort><NewProtocol>UDP</NewProtocol>" +
      "</u:DeletePortMapping></s:Body>",
  );
});
