"""What to do about each warning and each process that was not recorded, in one sentence each."""

from __future__ import annotations

OTHER_WARNING = "Read the message; automount why PATH explains a file."
OTHER_INCOMPLETE = (
    "It could not be recorded. Record it separately and combine the two manifests with automount merge."
)

WARNINGS = {
    "case-collision": "Rename one of the files: on some systems the two have one name.",
    "changed-while-read": "The file was written while it was read. Record again.",
    "command-not-shipped": "Install the distribution on the other machine, or start its code with python -m.",
    "consumed": "Create the file where the program runs, before it starts: each run removes it.",
    "damaged-metadata": "Reinstall the distribution.",
    "data-not-mounted": "Record again with --data mount, or add the file with --add-file.",
    "excluded-but-loaded": "If the program needs the file, remove the pattern, or use --include.",
    "large-mount": "Leave files out with --exclude, or record with --scope loaded.",
    "local-path-in-arguments": "Pass a relative path to the program.",
    "local-requirement": "Install its source directory with -e to ship its code, or publish it.",
    "local-path-shipped": "Let the program use a path relative to the project.",
    "missing": "Restore the file and record again.",
    "moved-by-layout": "Record with --layout tree.",
    "package-not-found": "Check the name that was given to --add-package.",
    "remote-collision": "Two files have one remote path. Use --layout tree, or rename or exclude one.",
    "remote-path": "Shorten the path, or leave the file out with --exclude.",
    "requirement-conflict": "Record both runs in one environment, then merge them again.",
    "secret-suspected": "Take the secret out of the file, or leave the file out with --exclude.",
    "link-read": "Use os.path.realpath instead of os.readlink.",
    "shadows-installed": "Rename the local module if the installed one was meant.",
    "symlink-skipped": "Ship the linked directory with --add-dir.",
    "sys-path-order": "Check which of the two modules the other machine imports: run automount verify.",
    "unplaced": "Use the option that the message names.",
    "unreadable": "Make the file readable and record again.",
    "vanished": "The file was removed while it was read. Record again.",
}

INCOMPLETE = {
    "isolated": "It ran with -I or -E and ignored the environment. Run automount env --install-pth.",
    "no-site": "It ran with -S, which loads no recorder. Start it without -S.",
    "no-journal": "It left no journal. Start it with the environment of its parent.",
    "unsupported-python": "Its Python is too old to be recorded. Use CPython 3.8 or newer.",
    "journal-lost": "Its journal could not be written, or the process that watches for Pythons was killed. "
    "Check the free space and record again.",
    "journal-damaged": "Its journal is damaged. Record again.",
    "still-running": "It was still running. Let the program wait for it or end it. "
    "After collect: collect again when it has ended.",
}
