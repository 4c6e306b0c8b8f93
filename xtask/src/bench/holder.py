"""Many SSH sessions, or many silent connections, in one process: a client that is light enough for a thousand.

Usage: holder.py. Each line of the standard input is one order in JSON, each line of the standard output one answer:

  {"open": N, "port": P, "user": U, "key": FILE, "code": C, "jump": [P, U]}   -> {"opened": N, "ms": M} | {"failed": N, "why": W}
  {"answer": true}                                    -> {"answered": how many sessions echoed a word of their own}
  {"close": true}                                     -> {"closed": how many}
  {"silent": HOW_MANY, "from": [ADDRESS, …], "port": P}   -> {"connected": how many}
  {"living": true}                                    -> {"living": how many silent connections are still open}

Each session has a terminal with `cat` behind it. It ends with its standard input.
"""

import asyncio
import json
import resource
import socket
import sys
import time
import warnings

warnings.simplefilter("ignore")

import asyncssh  # noqa: E402

PATIENCE = 60


class Client(asyncssh.SSHClient):
    """Answers the one question of a login with its one-time code."""

    def __init__(self, code):
        self.code = code

    def kbdint_auth_requested(self):
        return ""

    def kbdint_challenge_received(self, name, instructions, lang, prompts):
        return [self.code] * len(prompts)


sessions: dict[int, tuple] = {}
silent: list[socket.socket] = []
hops: dict[int, asyncssh.SSHClientConnection] = {}
keys: dict[str, asyncssh.SSHKey] = {}


def say(answer: dict) -> None:
    print(json.dumps(answer), flush=True)


async def connect(order: dict, port: int, user: str, tunnel=None) -> asyncssh.SSHClientConnection:
    key = keys.setdefault(order["key"], asyncssh.read_private_key(order["key"]))
    return await asyncssh.connect(
        "127.0.0.1", port, username=user, client_keys=[key], known_hosts=None, config=None, agent_path=None,
        client_factory=lambda: Client(order.get("code")), kex_algs=["curve25519-sha256"], login_timeout=PATIENCE,
        preferred_auth="publickey,keyboard-interactive", tunnel=tunnel,
    )


async def begin(order: dict) -> None:
    number, begun = order["open"], time.monotonic()
    hop = None
    try:
        if order.get("jump"):
            port, user = order["jump"]
            hop = await connect(order, port, user)
        connection = await connect(order, order["port"], order["user"], hop)
        process = await connection.create_process("cat", term_type="xterm", encoding="utf-8")
        # A gate grants the command before it reaches the equipment: the session is open when `cat` answers.
        if not await answers(number, process):
            raise OSError("granted, and then closed: " + await process.stderr.read())
        sessions[number] = (connection, process, hop)
        say({"opened": number, "ms": round((time.monotonic() - begun) * 1e3, 1)})
    except (OSError, asyncssh.Error, asyncio.TimeoutError) as error:
        say({"failed": number, "why": str(error)})


async def answers(number: int, process) -> bool:
    """Whether the session echoes a word; why not is said on the standard error."""
    word = f"mot-{number}-{time.monotonic_ns()}"
    try:
        process.stdin.write(word + "\n")
        await asyncio.wait_for(process.stdout.readuntil(word), PATIENCE)
    except (OSError, asyncssh.Error, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
        print(f"session {number}: {error!r}", file=sys.stderr)
        return False
    return True


async def answer() -> None:
    told = 0
    # In small groups: a thousand at one moment would measure this client.
    everybody = list(sessions.items())
    for start in range(0, len(everybody), 20):
        group = everybody[start : start + 20]
        told += sum(await asyncio.gather(*(answers(number, process) for number, (_, process, _) in group)))
    say({"answered": told})


async def end(session: tuple) -> None:
    connection, _, hop = session
    for one in (connection, hop):
        if one is not None:
            one.close()
            try:
                await asyncio.wait_for(one.wait_closed(), PATIENCE)
            except (OSError, asyncssh.Error, asyncio.TimeoutError):
                pass


async def close() -> None:
    ended = list(sessions.values())
    sessions.clear()
    await asyncio.gather(*map(end, ended))
    say({"closed": len(ended)})


async def connect_silently(order: dict) -> None:
    sources, loop = order["from"], asyncio.get_running_loop()
    for number in range(order["silent"]):
        one = socket.socket()
        one.setblocking(False)
        try:
            one.bind((sources[number % len(sources)], 0))
            await asyncio.wait_for(loop.sock_connect(one, ("127.0.0.1", order["port"])), PATIENCE)
        except (OSError, asyncio.TimeoutError):
            one.close()
            continue
        silent.append(one)
    say({"connected": len(silent)})


def lives(one: socket.socket) -> bool:
    try:
        while True:
            if not one.recv(4096):
                return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def living() -> None:
    still = []
    for one in silent:
        if lives(one):
            still.append(one)
        else:
            one.close()
    silent[:] = still
    say({"living": len(still)})


async def obey(order: dict, tasks: set) -> None:
    if "open" in order:
        task = asyncio.create_task(begin(order))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    elif "answer" in order:
        await answer()
    elif "close" in order:
        await close()
    elif "silent" in order:
        await connect_silently(order)
    elif "living" in order:
        living()


async def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks: set = set()
    while line := await reader.readline():
        await obey(json.loads(line), tasks)


asyncio.run(main())
