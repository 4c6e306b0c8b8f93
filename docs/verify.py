#!/usr/bin/env python3
"""Vérifie les preuves d'un établissement sans aucun programme de Poterne : Python 3.9 et openssl 3.0 suffisent.
Verifies an establishment's evidence without any program of Poterne: Python 3.9 and openssl 3.0 are enough.

    verify.py DOSSIER --key CLES [--since POINT] [--size N] [--tsa-ca CERTIFICATS] [--entry N] [--document FICHIER]
              [--state PRESTATION --at MOMENT]

DOSSIER   le dossier du journal / the log's folder: checkpoint, tile/, recordings/, timestamps/
--key     les clés publiques du journal, reçues par une autre voie / the log's public keys, had by another way
--since   un point de contrôle plus ancien, gardé ailleurs / an older checkpoint, kept elsewhere
--size    montre la racine des N premières traces, à comparer / shows the root of the first N entries, to compare
--tsa-ca  les certificats de l'autorité d'horodatage / those of the timestamping authority (PEM)
--entry   montre cette trace et sa preuve d'inclusion / shows this entry and its proof of inclusion
--state   l'état d'une prestation au moment --at (2026-03-14T22:10:00+01:00), d'après les traces seules / how a service stood
--document  cherche l'empreinte de ce fichier dans le journal / looks for this file's hash in the log

Formats : ledger.md, events.md, recording.md, timestamp.md (docs/formats). Mode d'emploi / manual: verify.md, verify.en.md.
Il ne juge pas ce que racontent les traces (sessions sans fin, purges sans certificat) : poterne-verify le fait.
It does not judge the story that the entries tell (sessions without end, purges without certificate): poterne-verify does.
0 : tout est entier / whole. 1 : quelque chose ne va pas / something is wrong. 2 : rien n'a pu être vérifié / nothing could be.
"""
import argparse
import base64
import calendar
import datetime
import hashlib
import hmac
import json
import mmap
import os
import re
import struct
import subprocess
import sys
import tempfile

WRONG = []


def say(fr, en):
    # Nothing in evidence drives the terminal of who reads this.
    print("".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in f"{fr} / {en}"))


def wrong(place, fr, en):
    WRONG.append(place)
    say(f"✗ {place} : {fr}", en)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def read(folder, path, most=17_000_000):
    full = os.path.join(folder, path)
    if os.path.islink(full) or not os.path.isfile(full):
        return None
    with open(full, "rb") as file:
        data = file.read(most + 1)
    return data if len(data) <= most else None


def openssl(*arguments, **files):
    """Runs openssl; `files` are written to a folder of its own and named in the arguments as {name}."""
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, data in files.items():
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(data)
        asked = ["openssl"] + [argument.format(**paths) for argument in arguments]
        return subprocess.run(asked, capture_output=True, check=False)


# --- ledger.md, section 2.3: RFC 6962, section 2.1 ---

def leaf_hash(entry):
    return sha256(b"\0", entry)


def root_of(hashes):
    """The root over leaf hashes, or over the roots of equal full subtrees."""
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        pairs = [sha256(b"\1", hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]
        hashes = pairs + ([hashes[-1]] if len(hashes) % 2 else [])
    return hashes[0]


def split(size):
    """The largest power of two smaller than size."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion(index, hashes):
    """RFC 6962, section 2.1.1: the audit path, from the leaf upwards."""
    if len(hashes) <= 1:
        return []
    k = split(len(hashes))
    if index < k:
        return inclusion(index, hashes[:k]) + [root_of(hashes[k:])]
    return inclusion(index - k, hashes[k:]) + [root_of(hashes[:k])]


def root_by(path, index, size, leaf):
    """RFC 9162, section 2.1.3.2: the root that a leaf and its audit path give."""
    last = size - 1
    for other in path:
        if index % 2 or index == last:
            leaf = sha256(b"\1", other, leaf)
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            leaf = sha256(b"\1", leaf, other)
        index, last = index >> 1, last >> 1
    return leaf


# --- ledger.md, sections 4 to 6 ---

def keys_of(text):
    keys = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, number, key = line.split("+", 2)  # no name has a `+`, base64 may
            key = base64.b64decode(key, validate=True)
            if sha256(name.encode(), b"\n", key)[:4].hex() != number:
                raise ValueError("key id")
            keys.append((name, bytes.fromhex(number), key[0], key[1:]))
    if not keys or len({key[0] for key in keys}) != 1:
        raise ValueError("keys")
    return keys


def signed(kind, key, message, signature):
    """True, False, or None: this openssl cannot tell."""
    if kind == 1:  # Ed25519, RFC 8410
        prefix = bytes.fromhex("302a300506032b6570032100")
    else:  # ML-DSA-44, RFC 9881; openssl has it from 3.5 on
        if b"ML-DSA-44" not in openssl("list", "-signature-algorithms").stdout.upper().replace(b"MLDSA44", b"ML-DSA-44"):
            return None
        prefix = bytes.fromhex("30820532300b06096086480165030403110382052100")
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(prefix + key) + b"-----END PUBLIC KEY-----\n"
    done = openssl("pkeyutl", "-verify", "-pubin", "-inkey", "{key}", "-rawin", "-in", "{message}", "-sigfile",
                   "{signature}", key=pem, message=message, signature=signature)
    return done.returncode == 0


def checkpoint_of(note, keys, place):
    """Origin, size and root, if every signature that can be verified here holds."""
    text, _, lines = note.decode().rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    root = base64.b64decode(root, validate=True)
    if text != f"{origin}\n{int(size)}\n{base64.b64encode(root).decode()}\n" or len(root) != 32:
        raise ValueError("note")
    if origin != keys[0][0]:
        wrong(place, "c'est un autre journal", "another log")
    for name, number, kind, key in keys:
        found = [base64.b64decode(one) for one in re.findall(rf"^\u2014 {re.escape(name)} (\S+)$", lines, re.M)]
        found = [one[4:] for one in found if one[:4] == number]
        called = "Ed25519" if kind == 1 else "ML-DSA-44"
        if not found:
            wrong(place, f"la signature {called} manque", f"no {called} signature")
            continue
        for signature in found:
            message = text.encode()
            if kind != 1:
                named, of = name.encode(), origin.encode()
                message = (b"subtree/v1\n\0" + bytes([len(named)]) + named + signature[:8] + bytes([len(of)]) + of
                           + struct.pack(">QQ", 0, int(size)) + root)
                signature = signature[8:]
            holds = signed(kind, key, message, signature)
            if holds is None:
                say(f"- {place} : signature {called} non vérifiée (openssl 3.5 la vérifie)",
                    f"{called} signature not verified (openssl 3.5 does)")
            elif not holds:
                wrong(place, f"la signature {called} est fausse", f"the {called} signature is wrong")
    return origin, int(size), root


# --- ledger.md, section 3 ---

def tile_path(level, index):
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    return f"tile/{level}/" + "/".join(["x" + part for part in parts[:-1]] + parts[-1:])


def tile(folder, level, index, width):
    path = tile_path(level, index)
    data = read(folder, path if width == 256 else f"{path}.p/{width}")
    return path, data if data is not None or width == 256 else read(folder, path)


def unframed(bundle, width):
    """The first entries of a bundle."""
    entries, at = [], 0
    while len(entries) < width:
        length = int.from_bytes(bundle[at:at + 2], "big")
        entry = bundle[at + 2:at + 2 + length]
        if len(entry) != length or length < 16:
            return None
        entries.append(entry)
        at += 2 + length
    return entries


def log_of(folder, size):
    """Every leaf hash and every entry that is there; the first index that is."""
    leaves, entries, first = [], {}, 0
    for index in range(-(-size // 256)):
        width = min(256, size - index * 256)
        path, data = tile(folder, 0, index, width)
        hashes = [data[32 * i:32 * i + 32] for i in range(width)] if data and len(data) >= 32 * width else None
        if hashes is None:
            wrong(path, "la tuile manque ou est tronquée", "the tile is missing or cut")
        of, bundle = tile(folder, "entries", index, width)
        if bundle is None and width == 256 and first == index * 256 and hashes:
            first += 256  # purged: its hashes stand in its place (section 8)
            leaves += hashes
            continue
        found = unframed(bundle, width) if bundle is not None else None
        if found is None:
            wrong(of, "le paquet manque ou est illisible", "the bundle is missing or cannot be read")
            leaves += hashes or [b"\0" * 32] * width
            continue
        for i, entry in enumerate(found):
            leaf = leaf_hash(entry)
            if hashes and hashes[i] != leaf:
                # What an altered entry says counts for nothing.
                wrong(f"{of}, {index * 256 + i}", "la trace et la tuile se contredisent", "entry and tile contradict each other")
            else:
                entries[index * 256 + i] = entry
            leaves.append(leaf)
    level, below = 1, leaves
    while len(below) >= 256:
        below = [root_of(below[i:i + 256]) for i in range(0, len(below) - 255, 256)]
        for index in range(-(-len(below) // 256)):
            width = min(256, len(below) - index * 256)
            path, data = tile(folder, level, index, width)
            if data is None or data[:32 * width] != b"".join(below[256 * index:256 * index + width]):
                wrong(path, "n'est pas ce que donnent les traces", "not what the entries give")
        level += 1
    return leaves, entries, first


def beyond(folder, size):
    """Whether entries lie there that the checkpoint does not cover."""
    index, width = size // 256, size % 256
    more = [tile_path(level, at) for level in ("entries", 0) for at in (index, index + 1)]
    if any(os.path.isfile(os.path.join(folder, path)) for path in more):
        return True
    widths = [os.listdir(os.path.join(folder, f"{path}.p")) for path in more[::2]
              if os.path.isdir(os.path.join(folder, f"{path}.p"))]
    return any(name.isdigit() and int(name) > width for names in widths for name in names)


# --- recording.md ---

def recording(data):
    """The root after each whole chunk, and the digest of the seal (None: not sealed); ValueError: what is wrong."""
    if data[:10] != b"PTNREC\r\n\0\1":
        raise ValueError("header")
    at = int.from_bytes(data[10:14], "big")
    if not 71 <= at <= min(32768, len(data)):
        raise ValueError("header")
    root, chunks, clear = sha256(b"\0", data[:at]), 0, 0
    roots = [root]
    while data[at:at + 1] == b"C":
        head = data[at:at + 20]
        if len(head) < 20 or head[1] > 1 or head[2:4] != b"\0\0":
            break
        length = int.from_bytes(head[16:20], "big")
        end = at + 20 + length
        if not 17 <= length <= 262160 or end + 32 > len(data) or int.from_bytes(head[4:12], "big") != chunks:
            break
        after = sha256(b"\1", root, head, sha256(data[at + 20:end]))
        if data[end:end + 32] != after:
            break
        root, chunks, at = after, chunks + 1, end + 32
        clear += int.from_bytes(head[12:16], "big")
        roots.append(root)
    seal = data[-188:] if len(data) >= at + 188 and data[-8:] == b"PTNSEAL\n" else None
    if seal is None:
        return roots, None
    torn = data[at:len(data) - 188]
    said = struct.unpack(">QQQqQ", seal[28:68])
    if (seal[:1] != b"S" or said[:3] != (chunks, at, clear) or said[4] != len(torn) or seal[68:100] != sha256(torn)
            or seal[100:132] != root or seal[148:180] != sha256(b"\2", seal[:148])):
        raise ValueError("seal")
    return roots, seal[148:180].hex()


def recordings(folder, entries):
    """Holds every recording against what the log says of it."""
    marks, purged, opened = {}, set(), {}
    for index, entry in entries:
        code, data = entry["code"], entry["data"]
        if code == "session-opened":
            opened[data["recording"]] = index
        elif code in ("recording-progress", "recording-sealed"):
            marks.setdefault(data["recording"], []).append((index, data["mark"], data.get("seal")))
        elif code == "recording-purged":
            purged.add(data["recording"])
    names = os.listdir(os.path.join(folder, "recordings")) if os.path.isdir(os.path.join(folder, "recordings")) else []
    for name in sorted(set(opened) | set(marks) | {name[:-4] for name in names if name.endswith(".rec")}):
        path = f"recordings/{name}.rec"
        full = os.path.join(folder, path)
        if os.path.islink(full) or not os.path.isfile(full):
            if name not in purged:
                wrong(path, "l'enregistrement manque", "the recording is missing")
            continue
        try:
            # Mapped, not read: it may be longer than the memory.
            with open(full, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                roots, seal = recording(data)
        except (ValueError, struct.error) as what:
            wrong(path, f"altéré ({what})", "altered")
            continue
        for index, mark, sealed in marks.get(name, []):
            if mark["chunks"] >= len(roots) or roots[mark["chunks"]].hex() != mark["root"]:
                wrong(path, f"n'est pas ce que dit la trace {index}", f"not what entry {index} says")
            elif sealed is not None and seal != sealed:
                wrong(path, f"son scellé n'est pas celui de la trace {index}", f"its seal is not that of entry {index}")
        if name not in opened and name not in marks and len(roots) > 1:
            wrong(path, "aucune trace ne l'explique", "no entry explains it")
    return len(opened)


# --- timestamp.md ---

def told(token):
    """When and under which policy, as openssl reads it; whether the token is valid is another question."""
    text = openssl("ts", "-reply", "-in", "{token}", "-token_in", "-text", token=token).stdout.decode(errors="replace")
    found = [re.search(rf"^{name}: (.*)$", text, re.M) for name in ("Time stamp", "Policy OID")]
    return [one.group(1) if one else "?" for one in found]


def micros(when):
    """The moment that openssl prints, as an entry says it; finer fractions are cut off."""
    whole, fraction = re.sub(r"\.\d+", "", when), (re.search(r"\.(\d+)", when) or [0, ""])[1]
    seconds = calendar.timegm(datetime.datetime.strptime(whole, "%b %d %H:%M:%S %Y GMT").timetuple())
    return seconds * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def timestamps(folder, entries, keys, leaves, authority):
    found = [(f"{index}", bytes.fromhex(entry["data"]["note"]), bytes.fromhex(entry["data"]["token"]), entry["data"])
             for index, entry in entries if entry["code"] == "checkpoint-timestamped"]
    known = {(note, token) for _, note, token, _ in found}
    place = os.path.join(folder, "timestamps")
    for name in sorted(os.listdir(place)) if os.path.isdir(place) else []:
        if name.endswith(".tsr"):
            pair = read(folder, f"timestamps/{name[:-4]}.checkpoint") or b"", read(folder, f"timestamps/{name}") or b""
            if pair not in known:
                found.append((f"timestamps/{name}", *pair, None))
    last = None
    for of, note, token, entry in found:
        try:
            _, size, root = checkpoint_of(note, keys, of)
        except (ValueError, UnicodeDecodeError):
            wrong(of, "n'est pas un point de contrôle", "not a checkpoint")
            continue
        if size > len(leaves) or root_of(leaves[:size]) != root:
            wrong(of, "atteste un autre état que celui de ce journal", "is of another state than that of this log")
        if entry is not None and (entry["size"], entry["root"]) != (size, root.hex()):
            wrong(of, "l'entrée dit une autre taille ou une autre racine", "the entry says another size or root")
        if authority is None:
            continue
        when, policy = told(token)
        # At the moment of the timestamp: its certificate may be out of date by now.
        stamp = openssl("ts", "-verify", "-in", "{token}", "-token_in", "-data", "{note}", "-CAfile", "{ca}",
                        token=token, note=note, ca=authority)
        if b"expired" in stamp.stderr:
            whole = re.sub(r"\.\d+", "", when)
            then = datetime.datetime.strptime(whole + " +0000", "%b %d %H:%M:%S %Y GMT %z").timestamp()
            stamp = openssl("ts", "-verify", "-in", "{token}", "-token_in", "-data", "{note}", "-CAfile", "{ca}", "-attime",
                            str(int(then)), token=token, note=note, ca=authority)
        if stamp.returncode != 0:
            wrong(of, "l'horodatage est faux", "the timestamp is wrong")
            continue
        last = (size, when)
        # openssl has words for a few policies.
        named = entry is None or entry["policy"] == policy or not re.fullmatch(r"[\d.]+", policy)
        if not named or (entry is not None and entry["time"] != micros(when)):
            wrong(of, "l'entrée dit un autre moment ou une autre politique", "the entry says another moment or policy")
    if not found:
        say("aucun horodatage : les heures sont celles du serveur seul", "no timestamp: the times are the server's alone")
    if last:
        say(f"l'état à {last[0]} entrées existait le {last[1]}, selon l'autorité", f"the state of {last[0]} entries existed then, says the authority")
    if found and authority is None:
        say(f"{len(found)} horodatages non vérifiés : --tsa-ca", f"{len(found)} timestamps not verified: --tsa-ca")


def state(entries, service, at):
    """How a service stood towards the rules at a moment: by the last entry up to then that changed each, or the next one's word."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", at):
        raise ValueError("2026-03-14T22:10:00+01:00")
    moment = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
    until = int(moment.timestamp()) * 1_000_000 + 999_999
    rules, level = {}, None
    for index, entry in entries:
        if entry["code"] != "service-assessed" or entry["data"]["service"] != service:
            continue
        if entry["at"] <= until:
            level = index, entry["data"]
        for changed in entry["data"]["changed"]:
            known = rules.setdefault(changed["rule"], {})
            if entry["at"] <= until:
                known["is"] = index, changed["is"]
            elif "next" not in known:
                known["next"] = index, changed.get("was")
    if level is None:
        say(f"{service} : aucune trace ne dit son état à ce moment", "no entry says how it stood then")
    else:
        index, data = level
        say(f'{service} : palier visé {data["target"]}, atteint {data.get("reached", "aucun / none")}'
            f'{", en transition" if data["transition"] else ""}, trace {index}', "level aimed at, reached, entry")
    for rule, known in rules.items():
        if "is" in known:
            index, code = known["is"]
            print(ascii(f"  {rule:<4}{code}, {index}").strip("'"))
            if "next" in known and known["next"][1] != code:
                say(f"       la trace {known['next'][0]} dit autre chose : {known['next'][1]}", "an entry says otherwise: a change is elsewhere")
        else:
            print(ascii(f"  {rule:<4}{known['next'][1]}, < {known['next'][0]}").strip("'"))


def main():
    if "--help" in sys.argv or "-h" in sys.argv:
        print(__doc__)
        return 0
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("folder")
    asked.add_argument("--key", required=True)
    asked.add_argument("--since")
    asked.add_argument("--size", type=int)
    asked.add_argument("--tsa-ca")
    asked.add_argument("--entry", type=int)
    asked.add_argument("--document")
    asked.add_argument("--state")
    asked.add_argument("--at")
    asked = asked.parse_args()
    try:
        with open(asked.key, "rb") as file:
            data = file.read()
        keys = keys_of(data.decode())
        say(f"clés {sha256(data).hex()}", "SHA-256 of the keys: compare it with what you were told")
        authority = None
        if asked.tsa_ca:
            with open(asked.tsa_ca, "rb") as file:
                authority = file.read()
        document = None
        if asked.document:
            with open(asked.document, "rb") as file:
                document = sha256(file.read()).hex()
        older = None
        if asked.since:
            with open(asked.since, "rb") as file:
                older = checkpoint_of(file.read(131072), keys, asked.since)
        note = read(asked.folder, "checkpoint", 131072)
        if note is None:
            raise ValueError("checkpoint ?")
        origin, size, root = checkpoint_of(note, keys, "checkpoint")
    except (OSError, ValueError) as what:
        say(f"rien n'a pu être vérifié ({what})", "nothing could be verified")
        return 2
    leaves, raw, first = log_of(asked.folder, size)
    if not hmac.compare_digest(root_of(leaves), root):
        wrong("checkpoint", "sa racine n'est pas celle des traces", "its root is not that of the entries")
    say(f"{origin} : {size} entrées, racine {root.hex()}", f"{size} entries")
    if older and (older[1] > size or root_of(leaves[:older[1]]) != older[2]):
        wrong(asked.since, f"le journal ne prolonge pas ce point de contrôle de {older[1]} entrées",
              "the log does not go on from this checkpoint")
    if asked.size is not None:
        if 0 < asked.size <= size:
            say(f"racine des {asked.size} premières traces : {root_of(leaves[:asked.size]).hex()}", "their root")
        else:
            wrong(f"{asked.size}", f"le journal a {size} traces", "the log has fewer entries")
    if beyond(asked.folder, size):
        say(f"attention : des traces au-delà de {size} ne sont couvertes par aucun point de contrôle ; demandez le plus récent",
            "beware: no checkpoint covers entries beyond it; ask for the latest")
    if first:
        say(f"les entrées 0 à {first - 1} sont supprimées, leurs empreintes restent", "purged, their hashes are there")
    entries = []
    for index, entry in raw.items():
        try:
            entries.append((index, json.loads(entry[16:])))
        except ValueError:
            wrong(f"{index}", "la trace ne se lit pas", "the entry cannot be read")
    count = recordings(asked.folder, entries)
    say(f"{count} sessions ouvertes", f"{count} sessions opened")
    timestamps(asked.folder, entries, keys, leaves, authority)
    if asked.entry is not None:
        path = inclusion(asked.entry, leaves) if asked.entry in raw else None
        if path is None or root_by(path, asked.entry, size, leaf_hash(raw[asked.entry])) != root:
            wrong(f"{asked.entry}", "la trace n'est pas dans ce journal", "the entry is not in this log")
        else:
            print(ascii(raw[asked.entry][16:].decode(errors="replace")))
            print("\n".join(other.hex() for other in path))
    if asked.state and asked.at:
        try:
            state(entries, asked.state, asked.at)
        except (KeyError, TypeError, ValueError) as what:
            wrong(asked.at, f"le moment ou une trace ne se lit pas ({what})", "the moment or an entry cannot be read")
    if document:
        at = [index for index, entry in raw.items() if document.encode() in entry]
        if at:
            say(f"l'empreinte {document} est dans les traces {at}", "the hash is in these entries")
        else:
            wrong(asked.document, f"l'empreinte {document} n'est dans aucune trace", "the hash is in no entry")
    if WRONG:
        say("Quelque chose ne va pas.", "Something is wrong.")
        return 1
    say("Tout est entier.", "Everything is whole.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
