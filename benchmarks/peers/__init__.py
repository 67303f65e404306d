"""Returns the tools of the ship-and-run table, one adapter each, automount first."""

from __future__ import annotations

from peers import (
    automount,
    flyte,
    flytekit,
    lithops,
    mlflow,
    modulefinder,
    pyinstaller,
    ray,
    reprozip,
    sacred,
)
from peers.contract import Peer

PEERS: tuple[Peer, ...] = (
    automount.DEFAULT,
    automount.WITH_DATA,
    automount.WITH_METADATA,
    reprozip.PEER,
    ray.PEER,
    pyinstaller.PEER,
    modulefinder.PEER,
    lithops.PEER,
    flyte.PEER,
    flyte.ALL,
    flytekit.PEER,
    flytekit.ALL,
    mlflow.PEER,
    sacred.PEER,
)
