"""Ships the sources that a sacred run would save, found in sys.modules after the program's end."""

import os

from program import request


def main():
    asked = request()
    module = asked.import_entry()
    module.main()

    from sacred.dependencies import SETTINGS, gather_sources_and_dependencies

    SETTINGS["DISCOVER_SOURCES"] = "sys"
    _, sources, _ = gather_sources_and_dependencies(vars(module), False, asked.import_root)
    shipped = []
    for source in sorted(sources):
        name = os.path.relpath(source.filename, asked.import_root)
        if not name.startswith(os.pardir):
            asked.ship(source.filename, name)
            shipped.append(name)
    asked.reply(sources=shipped)


# A spawned child of the program imports this file again, and must not start over.
if __name__ == "__main__":
    main()
