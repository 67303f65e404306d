"""Packages what `pyflyte run --copy auto|all` would."""

import os

from program import request

asked = request()
asked.import_entry()

from flytekit.constants import CopyFileDetection  # noqa: E402
from flytekit.tools.fast_registration import FastPackageOptions, fast_package  # noqa: E402
from flytekit.tools.script_mode import _find_project_root  # noqa: E402

entry = os.path.join(asked.import_root, *asked.module.split(".")) + ".py"
source = _find_project_root(entry)
style = CopyFileDetection.ALL if asked.copy == "all" else CopyFileDetection.LOADED_MODULES
folder = os.path.join(asked.scratch, "package")
os.makedirs(folder)
archive = fast_package(source, folder, deref_symlinks=True, options=FastPackageOptions([], copy_style=style))
asked.reply(archive=str(archive), source=source)
