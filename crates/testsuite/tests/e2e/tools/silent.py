"""Opens so many connections that say nothing, 30 from each address of loopback; says how many, and holds them until its
input ends.

silent.py PORT COUNT
"""

import socket
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
held = []
for i in range(count):
    # A seat of the waiting room is not what is to be short here.
    held.append(socket.create_connection(("127.0.0.1", port), source_address=(f"127.0.1.{i // 30 + 1}", 0)))
print(len(held), flush=True)
sys.stdin.read()
