"""Packages the project directory as Ray does for `working_dir`."""

import os
import pathlib

from program import request
from ray._private.runtime_env.packaging import create_package

asked = request()
package = os.path.join(asked.scratch, "package.zip")
create_package(asked.project, pathlib.Path(package), include_gitignore=True)
asked.reply(package=package)
