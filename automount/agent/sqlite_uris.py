"""Reads the URIs that name databases (`sqlite3.connect` with `uri=True`), as SQLite reads them."""

TYPE_CHECKING = False


def database_file(uri):
    # type: (str) -> str | None
    """The file that a `file:` URI names, as the program would write it; None for a database in memory."""
    file, _, query = uri[5:].partition("?")
    file = _unquoted(file.partition("#")[0])
    if file.startswith("//"):
        file = "/" + file[2:].partition("/")[2]
    return None if "mode=memory" in query or file in ("", ":memory:") else file


def _unquoted(text):
    # type: (str) -> str
    """`%41` as `A`, as SQLite reads it in a URI."""
    pieces = text.split("%")
    data = pieces[0].encode("utf-8", "surrogateescape")
    for piece in pieces[1:]:
        try:
            data += bytes([int(piece[:2], 16)])
            piece = piece[2:]
        except ValueError:
            data += b"%"
        data += piece.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "surrogateescape")
