"""Builds flyte's code bundle without uploading it."""

import asyncio
import os
import pathlib

from program import request

asked = request()
asked.import_entry()

from flyte._code_bundle.bundle import build_code_bundle  # noqa: E402  (after the entry, as `flyte run` does)

folder = pathlib.Path(asked.scratch) / "bundle"
os.makedirs(folder)
bundle = asyncio.run(
    build_code_bundle(
        pathlib.Path(asked.project),
        dryrun=True,
        copy_bundle_to=folder,
        copy_style=asked.copy_style,
        skip_cache=True,
    )
)
asked.reply(bundle=bundle.tgz)
