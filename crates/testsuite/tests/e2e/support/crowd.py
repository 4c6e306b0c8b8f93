"""A crowd that connects to the door and says nothing: `crowd.py <port> <how many>`.

Half of them come from one address, the one that a person logs in from meanwhile, half from 250 others; every second one
says who it is, as a client does, and no more. It prints how many connected. For each line on its input it prints how
many of them the door has not closed; it ends with its input.
"""

import resource
import socket
import sys

port, many = int(sys.argv[1]), int(sys.argv[2])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
many = min(many, hard - 100)

crowd = []
for number in range(many):
    one = socket.socket()
    one.settimeout(10)
    if number % 2:
        one.bind((f"127.0.1.{number // 2 % 250 + 1}", 0))
    one.connect(("127.0.0.1", port))
    if number % 4 < 2:
        try:
            one.send(b"SSH-2.0-silent\r\n")
        except OSError:
            pass  # Whoever made room for the next one is closed already.
    one.setblocking(False)
    crowd.append(one)
print(many, flush=True)


def is_there(one):
    try:
        while True:
            if not one.recv(65536):
                return False
    except BlockingIOError:
        return True
    except OSError:
        return False


for _ in sys.stdin:
    crowd = [one for one in crowd if is_there(one)]
    print(len(crowd), flush=True)
