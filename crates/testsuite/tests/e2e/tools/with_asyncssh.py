"""asyncssh: key and code, commands, SFTP with many files at once."""

import asyncio
import os
import warnings

import common

# Its cipher list touches some that the cryptography library has given up.
warnings.simplefilter("ignore")

import asyncssh  # noqa: E402

# Files that are on their way at once.
AT_ONCE = 16
PIECE = 32768


class Technician(asyncssh.SSHClient):
    """Who answers the one question without echo."""

    def __init__(self, code):
        self.code = code

    def kbdint_auth_requested(self):
        return ""

    def kbdint_challenge_received(self, _name, _instructions, _lang, prompts):
        return [self.code for _ in prompts]


async def run(connection, line, content):
    done = await connection.run(line, input=bytes.fromhex(content), encoding=None)
    return [done.exit_status, done.stdout.hex()]


async def forward(connection, port):
    try:
        await connection.open_connection("127.0.0.1", port)
    except asyncssh.ChannelOpenError as refused:
        return [refused.code, refused.reason]
    return None


async def put_tree(sftp, here, there):
    await sftp.put(here, there, recurse=True)


async def get_tree(sftp, there, here):
    await sftp.get(there, here, recurse=True)


async def put_many(sftp, here, there):
    await sftp.mkdir(there)
    places = iter([name for name, is_folder in common.files(here) if not is_folder])
    for name, is_folder in common.files(here):
        if is_folder:
            await sftp.mkdir(f"{there}/{name}")

    async def worker():
        for name in places:
            with open(f"{here}/{name}", "rb") as source:
                content = source.read()
            async with sftp.open(f"{there}/{name}", "wb") as target:
                await target.write(content)

    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


async def put_part(sftp, here, there, length):
    with open(here, "rb") as source:
        async with sftp.open(there, "wb") as target:
            for _ in range(0, length, PIECE):
                await target.write(source.read(PIECE))
            common.say_and_stay("a part is there")


async def put_rest(sftp, here, there):
    have = (await sftp.stat(there)).size
    with open(here, "rb") as source:
        source.seek(have)
        # Nothing is emptied, nothing is appended: it writes where it says.
        async with sftp.open(there, asyncssh.FXF_WRITE, encoding=None) as target:
            await target.seek(have)
            await target.write(source.read())
    return have


async def get_part(sftp, there, here, length):
    with open(here, "wb") as target:
        async with sftp.open(there, "rb") as source:
            while target.tell() < length:
                target.write(await source.read(PIECE))
            target.flush()
            common.say_and_stay("a part is here")


async def get_rest(sftp, there, here):
    have = os.path.getsize(here)
    with open(here, "ab") as target:
        async with sftp.open(there, "rb") as source:
            await source.seek(have)
            while piece := await source.read(PIECE):
                target.write(piece)
    return have


async def main():
    begun = common.Begun()
    connecting = asyncssh.connect(
        "127.0.0.1",
        begun.port,
        username=begun.user,
        client_keys=[begun.key],
        client_factory=lambda: Technician(begun.code),
        agent_path=None,
        config=None,
        known_hosts=None,
        preferred_auth=["publickey", "keyboard-interactive"],
    )
    results = []
    async with connecting as connection:
        sftp = None
        for name, *arguments in begun.steps:
            if name in ON_CONNECTION:
                results.append(await ON_CONNECTION[name](connection, *arguments))
            else:
                sftp = sftp or await connection.start_sftp_client()
                results.append(await ON_FILES[name](sftp, *arguments))
        if sftp:
            sftp.exit()
    common.tell(results)


ON_CONNECTION = {"run": run, "forward": forward}
ON_FILES = {
    "put-tree": put_tree,
    "get-tree": get_tree,
    "put-many": put_many,
    "put-part": put_part,
    "put-rest": put_rest,
    "get-part": get_part,
    "get-rest": get_rest,
}

if __name__ == "__main__":
    asyncio.run(main())
