"""What the drivers of the end-to-end tests share.

Each is started as `driver.py PORT USER KEY CODE STEPS`: the door's port on loopback, the user name with the equipment
in it, the file of an OpenSSH private key, a one-time code, and a JSON list of steps. A step is a list: its name and its
arguments. What a step returns is printed as one JSON list at the end.
"""

import json
import os
import sys


class Begun:
    """What was asked for on the command line."""

    def __init__(self):
        port, self.user, self.key, self.code, steps = sys.argv[1:]
        self.port = int(port)
        self.steps = json.loads(steps)


def files(folder):
    """Every file below a folder, with the folders before what is in them."""
    for place, folders, names in os.walk(folder):
        below = os.path.relpath(place, folder)
        for name in sorted(folders):
            yield os.path.normpath(os.path.join(below, name)), True
        for name in sorted(names):
            yield os.path.normpath(os.path.join(below, name)), False


def say_and_stay(words):
    """Tells the test that a transfer is in its middle, and waits to be killed there."""
    print(words, flush=True)
    sys.stdin.read()


def tell(results):
    """Prints what the steps returned."""
    print(json.dumps(results), flush=True)
