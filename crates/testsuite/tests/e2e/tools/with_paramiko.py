"""paramiko: a transport of one's own and its SFTP client."""

import os
import stat

import paramiko

import common

PIECE = 32768


class OneService(paramiko.auth_handler.AuthHandler):
    """Asks for the service of logins once, as RFC 4251 has it and as paramiko does from 3.2 on where it is told to
    (`ServiceRequestingTransport`). The 2.12 of Debian 12 asks again before each factor, and the door's library answers
    the first time only."""

    def _request_auth(self):
        if getattr(self.transport, "service_asked_for", False):
            granted = paramiko.Message()
            granted.add_string("ssh-userauth")
            granted.rewind()
            self._parse_service_accept(granted)
        else:
            self.transport.service_asked_for = True
            super()._request_auth()


paramiko.transport.AuthHandler = OneService


def connect(begun):
    """Key, then code, step by step; with the oldest algorithms of paramiko that the door takes."""
    transport = paramiko.Transport(("127.0.0.1", begun.port))
    options = transport.get_security_options()
    options.kex = ("curve25519-sha256@libssh.org",)
    options.ciphers = ("aes256-ctr",)
    options.digests = ("hmac-sha2-256-etm@openssh.com",)
    transport.start_client(timeout=30)
    more = transport.auth_publickey(begun.user, paramiko.Ed25519Key.from_private_key_file(begun.key))
    assert more == ["keyboard-interactive"], more
    asked = []

    def answer(_title, _instructions, prompts):
        asked.extend(prompts)
        return [begun.code for _ in prompts]

    assert transport.auth_interactive(begun.user, answer) == []
    assert len(asked) == 1 and asked[0][1] is False, asked
    return transport


def connect_by_client(begun):
    """The client of paramiko's manual, to which the code is a password; as most programs use it."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(
        "127.0.0.1",
        begun.port,
        begun.user,
        password=begun.code,
        key_filename=begun.key,
        allow_agent=False,
        look_for_keys=False,
    )
    return client.get_transport()


def run(transport, line, content=b""):
    channel = transport.open_session()
    channel.exec_command(line)
    channel.sendall(content)
    channel.shutdown_write()
    out = channel.makefile("rb").read()
    return [channel.recv_exit_status(), out.hex()]


def put_tree(sftp, here, there):
    sftp.mkdir(there)
    for name, is_folder in common.files(here):
        if is_folder:
            sftp.mkdir(f"{there}/{name}")
        else:
            # It asks for the size afterwards, and holds it against its own.
            sftp.put(f"{here}/{name}", f"{there}/{name}")


def get_tree(sftp, there, here):
    os.mkdir(here)
    for entry in sftp.listdir_attr(there):
        if stat.S_ISDIR(entry.st_mode):
            get_tree(sftp, f"{there}/{entry.filename}", f"{here}/{entry.filename}")
        else:
            # It asks for all of the file at once, and reads what comes.
            sftp.get(f"{there}/{entry.filename}", f"{here}/{entry.filename}")


def put_part(sftp, here, there, length):
    with open(here, "rb") as source, sftp.open(there, "wb") as target:
        target.set_pipelined(True)
        for _ in range(0, length, PIECE):
            target.write(source.read(PIECE))
        target.stat()
        common.say_and_stay("a part is there")


def put_rest(sftp, here, there):
    have = sftp.stat(there).st_size
    with open(here, "rb") as source, sftp.open(there, "r+b") as target:
        source.seek(have)
        target.seek(have)
        target.set_pipelined(True)
        while piece := source.read(PIECE):
            target.write(piece)
    return have


def get_part(sftp, there, here, length):
    with open(here, "wb") as target, sftp.open(there, "rb") as source:
        while target.tell() < length:
            target.write(source.read(PIECE))
        target.flush()
        common.say_and_stay("a part is here")


def get_rest(sftp, there, here):
    have = os.path.getsize(here)
    with open(here, "ab") as target, sftp.open(there, "rb") as source:
        source.seek(have)
        while piece := source.read(PIECE):
            target.write(piece)
    return have


def forward(transport, port):
    try:
        transport.open_channel("direct-tcpip", ("127.0.0.1", port), ("127.0.0.1", 1))
    except paramiko.ChannelException as refused:
        return [refused.code, refused.text]
    return None


def main():
    begun = common.Begun()
    by_client = begun.steps[0] == ["by-client"]
    transport = connect_by_client(begun) if by_client else connect(begun)
    sftp, results = None, []
    for name, *arguments in begun.steps[by_client:]:
        if name == "run":
            line, content = arguments
            results.append(run(transport, line, bytes.fromhex(content)))
        elif name == "forward":
            results.append(forward(transport, *arguments))
        else:
            sftp = sftp or paramiko.SFTPClient.from_transport(transport)
            results.append(STEPS[name](sftp, *arguments))
    if sftp:
        sftp.close()
    transport.close()
    common.tell(results)


STEPS = {
    "put-tree": put_tree,
    "get-tree": get_tree,
    "put-part": put_part,
    "put-rest": put_rest,
    "get-part": get_part,
    "get-rest": get_rest,
}

if __name__ == "__main__":
    main()
