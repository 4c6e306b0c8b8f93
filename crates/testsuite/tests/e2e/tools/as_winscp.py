"""Speaks as WinSCP does, which runs on Windows alone. From its public source and its logs:

SFTP. It asks for version 6 and takes what it gets. The number of a packet is a count times 256 and the packet's type.
It starts with REALPATH of `.`, and lists the folder that it shows: OPENDIR, then the next READDIR before it reads the
answer to the last one, CLOSE. An upload begins with a look at what is there (LSTAT). What is longer than 100 KiB goes to
`name.filepart`, by OPEN with WRITE, CREAT and TRUNC, then up to 32 WRITEs of some 32 KiB on their way, CLOSE, SETSTAT
of the times, REMOVE of what is there, RENAME. Taken up again, the part is opened with WRITE alone, and written from its
size on. A download is OPEN, FSTAT, up to 32 READs of some 32 KiB on their way, also beyond the end, CLOSE; taken up
again, from the size of the local `name.filepart`. A folder is made with MKDIR, removed with RMDIR.

SCP. One shell without a terminal for all. Each command goes into it with a line that ends it: `; echo "WinSCP: this is
end-of-file:$?"`. It begins by finding out the shell (`echo "$status"`, `unset LANG`…, `pwd`), lists by `ls -la
--full-time`, and copies in the same shell by `scp -r -p -d -t "folder"` and `scp -r -p -d -f "file"`, whose protocol then
runs through the shell's own streams.
"""

import os
import struct

import paramiko

import common
import with_paramiko

INIT, VERSION, OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT = 1, 2, 3, 4, 5, 6, 7, 8, 9
OPENDIR, READDIR, REMOVE, MKDIR, RMDIR, REALPATH, RENAME = 11, 12, 13, 14, 15, 16, 18
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
OK, EOF, NO_SUCH_FILE = 0, 1, 2
FOR_READ, FOR_WRITE, CREATE, TRUNCATE = 1, 2, 8, 16
PIECE = 32768 - 64
AT_ONCE = 32
# What is shorter is written under its own name.
RESUMABLE = 100 * 1024


def string(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(value)) + value


class Sftp:
    """One SFTP channel, packet by packet."""

    def __init__(self, transport):
        self.channel = transport.open_session()
        self.channel.invoke_subsystem("sftp")
        self.pipe = self.channel.makefile("rb")
        self.count = 0
        self.early = {}
        self.channel.sendall(struct.pack(">IBI", 5, INIT, 6))
        kind, version = self.packet()
        assert (kind, version[:4]) == (VERSION, struct.pack(">I", 3)), version
        assert self.real_path(".").startswith("/")

    def packet(self):
        (length,) = struct.unpack(">I", self.pipe.read(4))
        packet = self.pipe.read(length)
        return packet[0], packet[1:]

    def ask(self, kind, body):
        number = (self.count << 8) + kind
        self.count += 1
        packet = struct.pack(">BI", kind, number) + body
        self.channel.sendall(struct.pack(">I", len(packet)) + packet)
        return number

    def answer(self, number):
        while number not in self.early:
            kind, body = self.packet()
            self.early[struct.unpack(">I", body[:4])[0]] = (kind, body[4:])
        return self.early.pop(number)

    def status(self, number, *expected):
        kind, body = self.answer(number)
        assert kind == STATUS, (kind, body)
        (code,) = struct.unpack(">I", body[:4])
        assert code in (expected or (OK,)), body
        return code

    def one(self, kind, body, expected):
        kind, body = self.answer(self.ask(kind, body))
        assert kind == expected, (kind, body)
        return body

    def real_path(self, path):
        body = self.one(REALPATH, string(path), NAME)
        (length,) = struct.unpack(">I", body[4:8])
        return body[8 : 8 + length].decode()

    def size(self, path):
        kind, body = self.answer(self.ask(LSTAT, string(path)))
        if kind == STATUS:
            assert struct.unpack(">I", body[:4])[0] == NO_SUCH_FILE, body
            return None
        return struct.unpack(">Q", body[4:12])[0]

    def open(self, path, flags):
        body = self.one(OPEN, string(path) + struct.pack(">II", flags, 0), HANDLE)
        (length,) = struct.unpack(">I", body[:4])
        return body[4 : 4 + length]

    def close(self, handle):
        self.status(self.ask(CLOSE, string(handle)))

    def names(self, folder):
        body = self.one(OPENDIR, string(folder), HANDLE)
        handle = body[4:]
        found, asked = [], self.ask(READDIR, string(handle))
        while True:
            kind, body = self.answer(asked)
            if kind == STATUS:
                assert struct.unpack(">I", body[:4])[0] == EOF, body
                break
            asked = self.ask(READDIR, string(handle))
            found.extend(read_names(body))
        self.close(handle)
        return [one for one in found if one[0] not in (b".", b"..")]


def read_names(body):
    """Names of a list, and whether each is a folder."""
    (count,), at = struct.unpack(">I", body[:4]), 4
    for _ in range(count):
        parts = []
        for _ in range(2):
            (length,) = struct.unpack(">I", body[at : at + 4])
            parts.append(body[at + 4 : at + 4 + length])
            at += 4 + length
        (flags,) = struct.unpack(">I", body[at : at + 4])
        at += 4
        for bit, width in ((1, 8), (2, 8), (4, 4), (8, 8)):
            at += width if flags & bit else 0
        yield parts[0], parts[1].startswith(b"d")


def upload(sftp, here, there, stay_after=None):
    whole = os.path.getsize(here)
    is_there = sftp.size(there)
    target, have = there, None
    if whole > RESUMABLE:
        target = there + ".filepart"
        have = sftp.size(target)
    flags = FOR_WRITE if have else FOR_WRITE | CREATE | TRUNCATE
    handle = sftp.open(target, flags)
    asked, offset = [], have or 0
    with open(here, "rb") as source:
        source.seek(offset)
        while piece := source.read(PIECE):
            asked.append(sftp.ask(WRITE, string(handle) + struct.pack(">Q", offset) + string(piece)))
            offset += len(piece)
            if len(asked) >= AT_ONCE:
                sftp.status(asked.pop(0))
            if stay_after and offset >= stay_after:
                while asked:
                    sftp.status(asked.pop(0))
                common.say_and_stay("a part is there")
    while asked:
        sftp.status(asked.pop(0))
    sftp.close(handle)
    sftp.status(sftp.ask(SETSTAT, string(target) + struct.pack(">III", 8, 1_700_000_000, 1_700_000_000)))
    if target != there:
        if is_there is not None:
            sftp.status(sftp.ask(REMOVE, string(there)))
        sftp.status(sftp.ask(RENAME, string(target) + string(there)))
    return have or 0


def download(sftp, there, here, stay_after=None):
    part = here + b".filepart" if isinstance(here, bytes) else here + ".filepart"
    have = os.path.getsize(part) if os.path.exists(part) else 0
    handle = sftp.open(there, FOR_READ)
    body = sftp.one(FSTAT, string(handle), ATTRS)
    (whole,) = struct.unpack(">Q", body[4:12])
    asked, offset, ended = [], have, False
    with open(part, "ab") as target:
        while asked or not ended:
            while not ended and len(asked) < AT_ONCE:
                asked.append(sftp.ask(READ, string(handle) + struct.pack(">QI", offset, PIECE)))
                offset += PIECE
            kind, body = sftp.answer(asked.pop(0))
            if kind == STATUS:
                assert struct.unpack(">I", body[:4])[0] == EOF, body
                ended = True
            else:
                assert kind == DATA
                target.write(body[4:])
            if stay_after and target.tell() >= stay_after:
                target.flush()
                common.say_and_stay("a part is here")
        assert target.tell() == whole
    sftp.close(handle)
    os.rename(part, here)
    return have


def put_tree(sftp, here, there):
    sftp.status(sftp.ask(MKDIR, string(there) + struct.pack(">I", 0)))
    for name, is_folder in common.files(here):
        if is_folder:
            sftp.status(sftp.ask(MKDIR, string(f"{there}/{name}") + struct.pack(">I", 0)))
        else:
            upload(sftp, f"{here}/{name}", f"{there}/{name}")


def get_tree(sftp, there, here):
    there, here = os.fsencode(there), os.fsencode(here)
    os.mkdir(here)
    for name, is_folder in sftp.names(there):
        step = get_tree if is_folder else download
        step(sftp, there + b"/" + name, here + b"/" + name)


def quoted(path):
    """A path in a command: what the shell would act upon between its quotes is marked."""
    for character in '\\`$"':
        path = path.replace(character, "\\" + character)
    return f'"{path}"'


class Shell:
    """The one shell of the old protocol."""

    END = "WinSCP: this is end-of-file:"

    def __init__(self, transport):
        self.channel = transport.open_session()
        self.channel.invoke_shell()
        self.pipe = self.channel.makefile("rb")
        self.errors = self.channel.makefile_stderr("rb")
        for line in ('echo "$status"', 'echo "$?"', "unset LANG LC_ALL LANGUAGE", "unalias ls"):
            self.run(line, any_end=True)
        assert self.run("pwd")[0].startswith("/")

    def send(self, line):
        self.channel.sendall(f'{line} ; echo "{self.END}$?"\n'.encode())

    def run(self, line, any_end=False):
        self.send(line)
        lines = []
        while not (text := self.pipe.readline().decode(errors="surrogateescape").rstrip("\n")).startswith(self.END):
            lines.append(text)
        assert any_end or text == f"{self.END}0", (line, lines, text)
        return lines

    def end_of_copy(self):
        text = self.pipe.readline().decode()
        assert text == f"{self.END}0\n", text

    def acknowledged(self):
        byte = self.pipe.read(1)
        assert byte == b"\0", byte + self.pipe.readline()

    def acknowledge(self):
        self.channel.sendall(b"\0")

    def put(self, here, folder):
        """One file by the old protocol, as WinSCP sends it."""
        self.send(f"scp -r -p -d -t {quoted(folder)}")
        self.acknowledged()
        with open(here, "rb") as source:
            content = source.read()
        self.channel.sendall(b"T1700000000 0 1700000000 0\n")
        self.acknowledged()
        self.channel.sendall(f"C0644 {len(content)} {os.path.basename(here)}\n".encode())
        self.acknowledged()
        self.channel.sendall(content)
        self.acknowledge()
        self.acknowledged()
        # What ends the copy where the other side would wait for more.
        self.channel.sendall(b"E\n")
        self.acknowledged()
        self.end_of_copy()

    def get(self, there, here):
        self.send(f"scp -r -p -d -f {quoted(there)}")
        self.acknowledge()
        assert self.pipe.readline().startswith(b"T")
        self.acknowledge()
        record = self.pipe.readline()
        assert record.startswith(b"C"), record
        self.acknowledge()
        content = self.pipe.read(int(record.split(b" ")[1]))
        self.acknowledged()
        self.acknowledge()
        with open(here, "wb") as target:
            target.write(content)
        self.end_of_copy()


def by_shell(shell, folder, there, back):
    """Every file of a folder there and back, with what WinSCP asks on the way."""
    shell.run(f"mkdir {quoted(there)}")
    shell.run(f"cd {quoted(there)}")
    assert shell.run("pwd") == [there]
    os.mkdir(back)
    names = sorted(os.listdir(folder))
    for name in names:
        shell.put(f"{folder}/{name}", there)
    listed = shell.run(f"ls -la --full-time {quoted(there)}")
    assert len(listed) == len(names) + 3, listed
    for name in names:
        shell.get(f"{there}/{name}", f"{back}/{name}")
    shell.run(f"rm -f -r {quoted(f'{there}/{names[0]}')}")
    shell.channel.sendall(b"exit\n")
    assert shell.channel.recv_exit_status() == 0
    # The status comes before the end of the output: whoever left between them would have lost the connection.
    while shell.channel.recv(4096):
        pass
    shell.channel.close()
    return len(names)


def main():
    begun = common.Begun()
    transport = with_paramiko.connect(begun)
    if begun.steps[0][0] == "shell":
        results = [by_shell(Shell(transport), *begun.steps[0][1:])]
    else:
        sftp = Sftp(transport)
        results = [STEPS[name](sftp, *arguments) for name, *arguments in begun.steps]
        sftp.channel.close()
    transport.close()
    common.tell(results)


STEPS = {
    "put-tree": put_tree,
    "get-tree": get_tree,
    "put": upload,
    "get": download,
    "put-part": upload,
    "get-part": download,
    "put-rest": upload,
    "get-rest": download,
}

if __name__ == "__main__":
    main()
