"""Writes the module data that Lithops would send with the entry's `main`.

A runtime's "preinstalls" are what pkgutil finds there: the standard library and site-packages.
"""

import pkgutil
import site
import sys
import sysconfig

from program import request

asked = request()
module = asked.import_entry()

from lithops.job.serialize import SerializeIndependent, create_module_data, write_module_data  # noqa: E402

roots = [
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("platstdlib") + "/lib-dynload",
    *site.getsitepackages(),
]
preinstalls = [[name, True] for name in sys.builtin_module_names]
preinstalls += [[found.name, found.ispkg] for found in pkgutil.iter_modules(roots)]
_, paths = SerializeIndependent(preinstalls)([module.main], [], [])
write_module_data(asked.stage, create_module_data(paths))
asked.reply(paths=sorted(paths))
