"""The recorded program's entry, for a driver. Runs in a peer's own environment."""

import importlib
import json
import os
import shutil
import sys


class Request:
    """What the harness asks: attributes as in its JSON file."""

    def __init__(self, path):
        with open(path) as stream:
            values = json.load(stream)
        self.__dict__.update(values)

    def reply(self, **values):
        """Write the answer for the harness."""
        with open(self.answer, "w") as stream:
            json.dump(values, stream)

    def import_entry(self):
        """Returns the imported entry module, its directory first on sys.path, as a script's is.

        The drivers' own directory stays at the end: spawned children import the driver again.
        """
        drivers = sys.path[0]
        sys.path[0] = self.import_root
        sys.path.append(drivers)
        return importlib.import_module(self.module)

    def ship(self, source, relative):
        """Copy one file to its place below the stage, by content."""
        target = os.path.join(self.stage, relative)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)


def request():
    """Returns the request that the command line names."""
    return Request(sys.argv[1])
