"""
The original design, as a reference: plain datagrams between two processes, one message each, with
a window and an acknowledgement at the end. Both roles speak JSON lines with who started them, as
pair.ts asks it of every side: ready, go, warm, mark, measure, done, report.
"""

import json
import resource
import socket
import struct
import sys
import time

MESSAGE = b"a" * 32
COUNT = 1000
WINDOW = 64
ACK_EVERY = 16
BURSTS_WARM = 8
BURSTS = 25
IDLE_S = 0.006


def say(kind, **fields):
    print(json.dumps({"type": kind, **fields}), flush=True)


def hear():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    return json.loads(line)


def open_socket():
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made, f"127.0.0.1:{made.getsockname()[1]}"


def usage():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpuS": used.ru_utime + used.ru_stime, "peakRssMiB": used.ru_maxrss / 1024}


def receive_for_ever(sock):
    recvfrom, sendto = sock.recvfrom, sock.sendto
    received = 0
    while True:
        _, sender = recvfrom(2048)
        received += 1
        if received == COUNT or received % ACK_EVERY == 0:
            sendto(struct.pack("!I", received), sender)
            received %= COUNT


def send_burst(sock, far):
    recv, sendto = sock.recv, sock.sendto
    sent = acked = 0
    started = time.perf_counter()
    while acked < COUNT:
        while sent < COUNT and sent - acked < WINDOW:
            sendto(MESSAGE, far)
            sent += 1
        acked = struct.unpack("!I", recv(16))[0]
    return (time.perf_counter() - started) * 1000


def burst_after_idleness(sock, far):
    time.sleep(IDLE_S)
    return send_burst(sock, far)


def be_far():
    import threading

    sock, address = open_socket()
    say("ready", ends=[{"address": address}])
    # The receiver is alone but while who started it speaks, which is not while it measures.
    threading.Thread(target=receive_for_ever, args=(sock,), daemon=True).start()
    hear()
    say("marked")
    hear()
    say("usage", **usage())
    hear()


def be_near():
    sock, _ = open_socket()
    say("ready")
    host, port = hear()["ends"][0]["address"].rsplit(":", 1)
    far = (host, int(port))
    for _ in range(BURSTS_WARM):
        burst_after_idleness(sock, far)
    say("warm")
    hear()
    times = sorted(burst_after_idleness(sock, far) for _ in range(BURSTS))
    say("done", samples={"ms": times[BURSTS // 2]}, **usage())
    hear()


be_far() if json.loads(sys.argv[1])["role"] == "far" else be_near()
