"""The agent: what runs INSIDE a recorded program. Nothing here is imported by automount itself.

The environment contract, which is all that code which starts programs needs to know:

- `AUTOMOUNT_JOURNAL` names the journal directory, absolute. Without it everything here is inert.
- `PYTHONPATH` begins with this package's `boot` directory: `boot[:what the user had]`. An empty or
  unset PYTHONPATH becomes just `boot`, since an empty element would mean the current directory.
- Both variables are taken out of the program's own `os.environ`, so that it sees what it would see
  without us; the C library's environment keeps them for the program's children.
- Every CPython from 3.8 on that starts with these two records itself. 2.7 to 3.7 write one short header that
  says so and otherwise run as without recording. `-S`, `-I` and `-E` prevent recording (the last two do not
  where an opt-in `.pth` executes `boot/sitecustomize.py` with `__name__` set to `automount_pth`).

The journal directory:

- `<pid>.<n>.journal`, one per process (`n` counts up where a pid comes again: `exec`, sub-interpreter,
  reuse). Lines as `wire` defines them, read by `automount.recorder.journal`.
- `LOST`, a file made beforehand that holds some bytes. A process that could not write an event empties it.
  That needs no disk space, and a copy of the directory keeps the information. An empty or missing file
  means that events were lost.
- To record a program that changes its user, let everybody create files there (mode 0733).

Bytecode: the files are loaded by Python's own source loader, so they are precompiled by running `py_compile`
with the same interpreter. Otherwise they are compiled at each start, or cached, depending on
`sys.dont_write_bytecode`.
"""
