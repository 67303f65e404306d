"""Packages the project directory as `ray job submit --working-dir .` does, default excludes included."""

import os
import pathlib

from program import request
from ray._private.runtime_env.packaging import create_package
from ray._private.runtime_env.working_dir import upload_working_dir_if_needed

asked = request()
package = os.path.join(asked.scratch, "package.zip")


def upload(directory, excludes, is_file=False):
    """Makes the package that the job client would upload, and keeps it here."""
    create_package(directory, pathlib.Path(package), include_gitignore=True, excludes=excludes)


upload_working_dir_if_needed({"working_dir": asked.project}, include_gitignore=True, upload_fn=upload)
asked.reply(package=package)
