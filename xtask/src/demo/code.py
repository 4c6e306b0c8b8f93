"""The one-time code of a fictitious person: what an authenticator application shows.

Usage: code.py FOLDER PERSON. FOLDER holds PERSON.otp (the otpauth link that `poterne enrol` printed).
The gate takes each 30-second step once, and one step before or after its own; the last step that was
used is kept beside the link, so that the next login never repeats it.
"""

import base64
import fcntl
import hashlib
import hmac
import os
import struct
import sys
import time
import urllib.parse

STEP = 30
# Near the end of a step the one before it may be stale by the time that the gate reads the code.
LATE = 20


def code(secret: bytes, step: int) -> str:
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000)


def next_step(last: int) -> int:
    told = False
    while True:
        now = time.time()
        current = int(now) // STEP
        first = current if now % STEP > LATE else current - 1
        step = max(last + 1, first)
        if step <= current + 1:
            return step
        if not told:
            wait = (step - 1) * STEP - now
            print(f"(le code suivant vient dans {wait:.0f} s / the next code comes in {wait:.0f} s)", file=sys.stderr)
            told = True
        time.sleep(0.2)


def main() -> None:
    folder, person = sys.argv[1], sys.argv[2]
    with open(os.path.join(folder, person + ".otp"), encoding="utf-8") as file:
        query = urllib.parse.urlparse(file.read().strip()).query
    text = urllib.parse.parse_qs(query)["secret"][0]
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    with open(os.path.join(folder, person + ".step"), "a+", encoding="utf-8") as used:
        fcntl.flock(used, fcntl.LOCK_EX)
        used.seek(0)
        step = next_step(int(used.read() or 0))
        used.truncate(0)
        used.write(str(step))
    print(code(secret, step))


main()
