"""Ships every module that modulefinder reaches and that is not of the standard library or site-packages."""

import modulefinder
import os
import site
import sys
import sysconfig

from program import request

asked = request()
sys.argv = sys.argv[:1]
here = asked.import_root
finder = modulefinder.ModuleFinder(path=[here, *sys.path[1:]])
if asked.script is not None:
    script = os.path.join(asked.project, asked.script)
    finder.run_script(script)
else:
    finder.import_hook(asked.module)

outside = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *site.getsitepackages()]
for name, module in finder.modules.items():
    place = module.__file__
    if place is None or any(place.startswith(root + os.sep) for root in outside):
        continue
    if name == "__main__":
        asked.ship(place, asked.script)
        continue
    folder = name.replace(".", os.sep)
    base = os.path.basename(place)
    is_package = module.__path__ is not None
    asked.ship(
        place, os.path.join(folder, base) if is_package else os.path.join(os.path.dirname(folder), base)
    )
asked.reply()
