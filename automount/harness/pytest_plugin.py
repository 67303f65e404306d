"""The pytest plugin: `pytest --automount=FILE`."""
