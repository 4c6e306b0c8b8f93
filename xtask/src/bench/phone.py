"""The telephones of fictitious people: one-time codes (RFC 6238), each handed out once.

Usage: phone.py FOLDER. FOLDER holds PERSON.otp (the link that `poterne enrol` printed) for everybody. A line of
the standard input asks: a person's name for a code of theirs, `any` for one of whoever has one (`t.` and a number).
Answered is `PERSON CODE`; where all codes are spent, the answer comes with the next step.
"""

import base64
import glob
import hashlib
import hmac
import os
import struct
import sys
import time
import urllib.parse

STEP = 30
# A code of the step before is handed out only while it will be taken for this much longer.
MARGIN = 12

secrets: dict[str, bytes] = {}
last: dict[str, int] = {}


def read(folder: str) -> None:
    for path in sorted(glob.glob(os.path.join(folder, "*.otp"))):
        with open(path, encoding="utf-8") as file:
            query = urllib.parse.urlparse(file.read().strip()).query
        text = urllib.parse.parse_qs(query)["secret"][0]
        person = os.path.basename(path)[: -len(".otp")]
        secrets[person] = base64.b32decode(text + "=" * (-len(text) % 8))


def code(secret: bytes, step: int) -> str:
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000)


def handed_out(asked: str, people: list[str]) -> str:
    while True:
        now = time.time()
        current = int(now) // STEP
        first = current - 1 if STEP - now % STEP >= MARGIN else current
        person = min(people, key=lambda who: last.get(who, 0)) if asked == "any" else asked
        step = max(first, last.get(person, 0) + 1)
        if step <= current + 1:
            last[person] = step
            return f"{person} {code(secrets[person], step)}"
        time.sleep(0.05)


read(sys.argv[1])
technicians = [who for who in secrets if who.startswith("t.")]
for line in sys.stdin:
    print(handed_out(line.strip(), technicians), flush=True)
