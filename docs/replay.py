#!/usr/bin/env python3
"""Ouvre un enregistrement avec la clé d'un lecteur, sans aucun programme de Poterne : Python 3.9, et zstd (ou Python 3.14), suffisent.
Opens a recording with a reader's key, without any program of Poterne: Python 3.9 and zstd (or Python 3.14) are enough.

    replay.py ENREGISTREMENT --key lecteur.key [--cast FICHIER | --records]
    replay.py ENREGISTREMENT --identity identite.age --key lecteur.key.age …

ENREGISTREMENT  recordings/<nom>.rec
--key       la clé du lecteur / the reader's key: poterne-reader-1 <base64> <nom>
--identity  la clé du lecteur est chiffrée par age : l'identité qui l'ouvre / the reader's key is encrypted by age: what opens it
--cast      écrit un asciicast v2, que lit asciinema / writes an asciicast v2, as asciinema reads it
--records   chaque élément : moment, canal, nature, octets en hexadécimal / every record: time, channel, kind, bytes in hex

Sans option il dit ce que contient l'enregistrement. Il vérifie la chaîne, chaque morceau (AES-256-GCM) et le scellé ; que le journal
dise la même chose se vérifie sans clé (verify.py, poterne-verify). Formats : recording.md, keys.md 4 (docs/formats). Licence : EUPL-1.2.
Without an option it tells what the recording holds. It verifies the chain, each chunk (AES-256-GCM) and the seal; that the ledger says
the same is verified without a key (verify.py, poterne-verify). Formats: recording.md, keys.md 4 (docs/formats). Licence: EUPL-1.2.
0 : tout est entier / whole. 1 : quelque chose ne va pas / something is wrong. 2 : rien n'a pu être lu / nothing could be read.

Montrer un enregistrement, c'est lire ce que des gens ont fait : dites-le, et pourquoi, à l'établissement.
To show a recording is to read what people did: tell the establishment, and why.
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import json
import os
import struct
import subprocess
import sys

KINDS = {1: "output", 2: "typed", 3: "stdin", 4: "stdout", 5: "stderr", 6: "notice", 7: "mark",
         16: "size", 17: "unseen", 18: "elided", 19: "file"}


class Wrong(Exception):
    pass


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# --- AES-256 and GCM (FIPS 197, SP 800-38D), slow and short: 1 MiB takes some seconds.

def _tables():
    power, log, x = [0] * 256, [0] * 256, 1
    for i in range(255):
        power[i], log[x] = x, i
        x ^= (x << 1) ^ (0x11b if x & 0x80 else 0)
        x &= 0xff
    sbox = [0x63] * 256
    for value in range(1, 256):
        one = power[(255 - log[value]) % 255]
        sbox[value] = one ^ 0x63
        for turn in range(1, 5):
            sbox[value] ^= ((one << turn) | (one >> (8 - turn))) & 0xff
    columns = []
    for value in range(256):
        s = sbox[value]
        two = ((s << 1) ^ (0x1b if s & 0x80 else 0)) & 0xff
        columns.append((two << 24) | (s << 16) | (s << 8) | (two ^ s))
    turned = [[((c >> (8 * n)) | (c << (32 - 8 * n))) & 0xffffffff for c in columns] for n in range(4)]
    return sbox, turned


SBOX, (T0, T1, T2, T3) = _tables()


def expand(key):
    words, round_constant = list(struct.unpack(">8I", key)), 1
    sub = lambda w: (SBOX[w >> 24] << 24) | (SBOX[w >> 16 & 255] << 16) | (SBOX[w >> 8 & 255] << 8) | SBOX[w & 255]
    for i in range(8, 60):
        word = words[-1]
        if i % 8 == 0:
            word = sub(((word << 8) | (word >> 24)) & 0xffffffff) ^ (round_constant << 24)
            round_constant <<= 1
        elif i % 8 == 4:
            word = sub(word)
        words.append(words[-8] ^ word)
    return words


def block(words, data):
    a, b, c, d = (x ^ k for x, k in zip(struct.unpack(">4I", data), words))
    for i in range(4, 56, 4):
        a, b, c, d = (
            T0[a >> 24] ^ T1[b >> 16 & 255] ^ T2[c >> 8 & 255] ^ T3[d & 255] ^ words[i],
            T0[b >> 24] ^ T1[c >> 16 & 255] ^ T2[d >> 8 & 255] ^ T3[a & 255] ^ words[i + 1],
            T0[c >> 24] ^ T1[d >> 16 & 255] ^ T2[a >> 8 & 255] ^ T3[b & 255] ^ words[i + 2],
            T0[d >> 24] ^ T1[a >> 16 & 255] ^ T2[b >> 8 & 255] ^ T3[c & 255] ^ words[i + 3],
        )
    last = lambda p, q, r, s, k: ((SBOX[p >> 24] << 24) | (SBOX[q >> 16 & 255] << 16)
                                  | (SBOX[r >> 8 & 255] << 8) | SBOX[s & 255]) ^ k
    return struct.pack(">4I", last(a, b, c, d, words[56]), last(b, c, d, a, words[57]),
                       last(c, d, a, b, words[58]), last(d, a, b, c, words[59]))


class Gcm:
    def __init__(self, key):
        self.words = expand(key)
        h = int.from_bytes(block(self.words, bytes(16)), "big")
        # H times each power of x, then times each byte at each place: sixteen look-ups a block.
        powers = [h]
        for _ in range(127):
            powers.append((powers[-1] >> 1) ^ (0xe1 << 120 if powers[-1] & 1 else 0))
        self.places = []
        for place in range(16):
            row = [0] * 256
            for bit in range(8):
                for low in range(1 << bit):
                    row[(1 << bit) | low] = row[low] ^ powers[8 * place + 7 - bit]
            self.places.append(row)

    def hash(self, additional, text):
        pad = lambda data: data + bytes(-len(data) % 16)
        y = 0
        data = pad(additional) + pad(text) + struct.pack(">QQ", 8 * len(additional), 8 * len(text))
        for at in range(0, len(data), 16):
            y ^= int.from_bytes(data[at:at + 16], "big")
            z = 0
            for row, byte in zip(self.places, y.to_bytes(16, "big")):
                z ^= row[byte]
            y = z
        return y.to_bytes(16, "big")

    def open(self, nonce, additional, sealed):
        text, tag = sealed[:-16], sealed[-16:]
        first = block(self.words, nonce + b"\0\0\0\1")
        own = bytes(x ^ y for x, y in zip(self.hash(additional, text), first))
        if len(sealed) < 16 or not hmac.compare_digest(own, tag):
            raise Wrong("clé ou contenu / key or content")
        stream = b"".join(block(self.words, nonce + struct.pack(">I", 2 + i)) for i in range((len(text) + 15) // 16))
        count = len(text)
        return (int.from_bytes(text, "big") ^ int.from_bytes(stream[:count], "big")).to_bytes(count, "big")


# --- X25519 (RFC 7748) and HPKE, base mode (RFC 9180).

def x25519(scalar, point):
    prime, bits = 2**255 - 19, bytearray(scalar)
    bits[0] &= 248
    bits[31] = (bits[31] & 127) | 64
    k, u = int.from_bytes(bits, "little"), int.from_bytes(point, "little") % 2**255
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap ^ bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a, c * b, a * a % prime, b * b % prime
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % prime, u * (da - cb) ** 2 % prime
        x2, z2 = aa * bb % prime, e * (aa + 121665 * e) % prime
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, prime - 2, prime) % prime).to_bytes(32, "little")


KEM, SUITE = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\2"


def extract(suite, salt, label, secret):
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + secret, hashlib.sha256).digest()


def derive(suite, key, label, info, length):
    info = struct.pack(">H", length) + b"HPKE-v1" + suite + label + info
    return hmac.new(key, info + b"\1", hashlib.sha256).digest()[:length]


def unwrap(private, wrapped, establishment, key_id):
    public = x25519(private, (9).to_bytes(32, "little"))
    sent, sealed = wrapped[:32], wrapped[32:]
    shared = extract(KEM, b"", b"eae_prk", x25519(private, sent))
    shared = derive(KEM, shared, b"shared_secret", sent + public, 32)
    context = b"\0" + extract(SUITE, b"", b"psk_id_hash", b"") + extract(SUITE, b"", b"info_hash", b"poterne recording key v1")
    secret = extract(SUITE, shared, b"secret", b"")
    key, nonce = derive(SUITE, secret, b"key", context, 32), derive(SUITE, secret, b"base_nonce", context, 12)
    return Gcm(key).open(nonce, f"{establishment}/{key_id}".encode(), sealed)


def reader_key(path, identity):
    if identity:
        # age asks for a passphrase itself, where the identity has one.
        text = subprocess.run(["age", "--decrypt", "--identity", identity, path], check=True, stdout=subprocess.PIPE).stdout
    else:
        with open(path, "rb") as file:
            text = file.read(4096)
    words = text.decode().split()
    if len(words) != 3 or words[0] != "poterne-reader-1":
        raise ValueError("poterne-reader-1 <base64> <nom>")
    return base64.b64decode(words[1], validate=True)


# --- The container.

def header_of(data):
    if data[:8] != b"PTNREC\r\n" or data[8:10] != b"\0\1":
        raise Wrong("en-tête / header")
    length, started = struct.unpack(">I", data[10:14])[0], struct.unpack(">q", data[62:70])[0]
    at, words = 70, []
    for _ in range(2):
        words.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    count, at, shares = data[at], at + 1, {}
    for _ in range(count):
        key_id, at = data[at + 1:at + 1 + data[at]].decode(), at + 1 + data[at]
        size = struct.unpack(">H", data[at:at + 2])[0]
        shares[key_id], at = data[at + 2:at + 2 + size], at + 2 + size
    if at != length:
        raise Wrong("en-tête / header")
    return {"length": length, "started": started, "establishment": words[0], "gate": words[1], "shares": shares,
            "recording": data[14:30].hex(), "session": data[30:46].hex()}


def inflate(data, length):
    try:
        from compression import zstd
        clear = zstd.decompress(data)
    except ImportError:
        clear = subprocess.run(["zstd", "-dc", "-q"], input=data, check=True, stdout=subprocess.PIPE).stdout
    if len(clear) != length:
        raise Wrong("longueur / length")
    return clear


def varint(data, at):
    value, shift = 0, 0
    while True:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return value, at


def records_of(clear):
    at = 0
    while at < len(clear):
        kind = clear[at]
        when, at = varint(clear, at + 1)
        channel, at = varint(clear, at)
        size, at = varint(clear, at)
        if kind not in KINDS or at + size > len(clear):
            raise Wrong("élément / record")
        yield when, channel, kind, clear[at:at + size]
        at += size


def chunks_of(data, head, key):
    """Each whole chunk's records; at last how it ends."""
    gcm, h = Gcm(key), sha256(b"\0", data[:head["length"]])
    root, at, number = h, head["length"], 0
    while data[at:at + 1] == b"C" and at + 20 <= len(data):
        front = data[at:at + 20]
        flags, reserved, own, clear, size = struct.unpack(">BHQII", front[1:])
        sealed = data[at + 20:at + 20 + size]
        following = sha256(b"\1", root, front, sha256(sealed))
        if (flags > 1, reserved, own) != (False, 0, number) or data[at + 20 + size:at + 52 + size] != following:
            break
        text = gcm.open(b"\0\0\0\0" + struct.pack(">Q", number), b"\0" + h + front, sealed)
        text = inflate(text, clear) if flags & 1 else text
        if len(text) != clear:
            raise Wrong(f"morceau {number} / chunk {number}")
        yield from records_of(text)
        root, at, number = following, at + 52 + size, number + 1
    tail = data[at:]
    seal = tail[-188:]
    if len(tail) < 188 or seal[:1] != b"S" or seal[180:] != b"PTNSEAL\n" or sha256(b"\2", seal[:148]) != seal[148:180]:
        raise Wrong(f"non scellé, lu jusqu'au morceau {number} / not sealed, read up to chunk {number}")
    count, offset = struct.unpack(">QQ", seal[28:44])
    if (count, offset, seal[100:132]) != (number, at, root):
        raise Wrong(f"le morceau {number} manque ou est altéré / chunk {number} is missing or altered")
    if seal[1] & 1:
        gcm.open(b"\1\0\0\0" + struct.pack(">Q", number), b"\1" + h + seal[:132], seal[132:148])
    yield None, 0, 0, seal[4:28].rstrip(b"\0")


def shown(text):
    # Nothing in evidence drives the terminal of who reads this.
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def cast(out, head, records):
    """asciicast v2: what was shown in terminals and sent by commands."""
    size, events, pending = (80, 24), [], {}
    for when, channel, kind, body in records:
        secs = (when or 0) / 1e6
        if KINDS.get(kind) == "size":
            columns, at = varint(body, 0)
            rows, _ = varint(body, at)
            if columns and rows:
                events.append([secs, "r", f"{columns}x{rows}"])
        elif KINDS.get(kind) in ("output", "stdout", "stderr", "notice"):
            # A character may be split over two records.
            data = pending.pop((channel, kind), b"") + body
            cut = next((n for n in range(min(3, len(data)), 0, -1)
                        if data[-n] >= 0xc0 and n < (2 if data[-n] < 0xe0 else 3 if data[-n] < 0xf0 else 4)), 0)
            if cut:
                pending[channel, kind], data = data[-cut:], data[:-cut]
            text = data.decode(errors="replace")
            events.append([secs, "o", text if KINDS[kind] == "output" else text.replace("\r\n", "\n").replace("\n", "\r\n")])
        elif KINDS.get(kind) == "mark":
            events.append([secs, "m", body.decode(errors="replace")])
    first = next((event for event in events if event[1] == "r"), None)
    if first:
        size = tuple(int(part) for part in first[2].split("x"))
    head = {"version": 2, "width": size[0], "height": size[1], "timestamp": head["started"] // 1_000_000,
            "title": f'{head["establishment"]} {head["session"]}'}
    out.write(json.dumps(head, ensure_ascii=False) + "\n")
    for event in events or [[0, "m", "—"]]:
        out.write(json.dumps(event, ensure_ascii=False) + "\n")


def main():
    if "--help" in sys.argv or "-h" in sys.argv:
        print(__doc__)
        return 0
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("recording")
    asked.add_argument("--key", required=True)
    asked.add_argument("--identity")
    asked.add_argument("--cast")
    asked.add_argument("--records", action="store_true")
    asked = asked.parse_args()
    try:
        private = reader_key(asked.key, asked.identity)
        with open(asked.recording, "rb") as file:
            data = file.read()
        head = header_of(data)
        public = x25519(private, (9).to_bytes(32, "little"))
        key_id = sha256(b"poterne-recipient-1", public)[:16].hex()
        if key_id not in head["shares"]:
            raise ValueError(f"pas pour cette clé / not for this key: {key_id}")
        key = unwrap(private, head["shares"][key_id], head["establishment"], key_id)
    except (OSError, ValueError, IndexError, struct.error, Wrong, subprocess.CalledProcessError) as what:
        print(shown(f"rien n'a pu être lu / nothing could be read: {what}"), file=sys.stderr)
        return 2
    records, fault, ending = [], None, None
    try:
        for record in chunks_of(data, head, key):
            if record[0] is None:
                ending = record[3].decode(errors="replace")
            else:
                records.append(record)
    except (Wrong, IndexError, struct.error, subprocess.CalledProcessError) as what:
        fault = str(what)
    if asked.cast:
        # As sensitive as the recording: for whoever makes it alone, and never over a file that is there.
        place = os.open(asked.cast, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(place, "w", encoding="utf-8") as out:
            cast(out, head, records)
    if asked.records:
        for when, channel, kind, body in records:
            print(when, channel, KINDS[kind], body.hex() or "-")
    started = datetime.datetime.fromtimestamp(head["started"] / 1e6, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    say = sys.stderr if asked.records else sys.stdout
    print(shown(f'{head["establishment"]}/{head["gate"]}, session {head["session"]}, {started}: {len(records)} éléments / records'), file=say)
    if fault:
        print(shown(f"✗ {fault}"), file=say)
        return 1
    print(shown(f"scellé / sealed: {ending}"), file=say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
