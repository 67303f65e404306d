"""`automount pack FILE`: one deterministic bundle, or an OCI image."""

from __future__ import annotations

import sys

from automount.cli.ship_options import add_manifest_option, load_manifest, naming_stale, warn_if_incomplete
from automount.cli.text import counted
from automount.errors import UsageError
from automount.forked import processes_for
from automount.progress import Progress
from automount.shipping.manifest_file import manifest_mode, write_bytes
from automount.shipping.packing import FORMATS, pack, refuse_foreign_file, writer_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from automount.cli.parsers import Parser
    from automount.cli.plain_options import PlainOptions
    from automount.manifest import Manifest

HELP = "Pack the files of a manifest into one archive or OCI image."
EPILOG = f"""\
The suffix of FILE selects the format: {", ".join(FORMATS)}; oci:DIR[:TAG] is an OCI image.

examples:
  automount pack app.tar.gz
  automount pack app.pyz && python app.pyz      # one file that runs by itself
  automount pack oci:image:latest               # an OCI image layout in the directory image
"""


def configure(parser: Parser | PlainOptions) -> None:
    """Declares the options."""
    parser.epilog = EPILOG
    parser.add_argument("file", metavar="FILE", help="the bundle, or oci:DIR[:TAG]")
    parser.add_argument("--base", metavar="LAYOUT", help="for oci: a local base image, DIR or oci:DIR[:TAG]")
    parser.add_argument(
        "--allow-secrets", action="store_true", help="pack files even if they seem to contain a secret"
    )
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="read the mounts again first, and update the manifest if files were changed, added or removed",
    )
    add_manifest_option(parser)


def run(args: argparse.Namespace) -> int:
    """Packs, and prints what was written."""
    image = args.file.startswith("oci:")
    if args.base is not None and not image:
        raise UsageError(
            "--base is only valid for OCI images",
            hint="for example: automount pack oci:image:latest --base oci:base:latest",
        )
    manifest = load_manifest(args.manifest)
    if not image:
        writer_for(args.file)
        refuse_foreign_file(args.file)
    if args.refresh:
        with naming_stale():
            manifest = _refreshed(manifest, args.manifest)
    with naming_stale(), Progress("packing", sum(row.size for row in manifest.files)) as progress:
        if image:
            from automount.shipping.oci import pack_image

            done = pack_image(
                manifest, args.file, base=args.base, allow_secrets=args.allow_secrets, on_bytes=progress.add
            )
        else:
            done = pack(
                manifest,
                args.file,
                allow_secrets=args.allow_secrets,
                on_bytes=progress.add,
                processes=processes_for(len(manifest.files)),
            )
    if args.file.endswith(".zip"):
        from automount.shipping.zips import below_top, zip_limits

        _warn_of_limits(zip_limits(manifest), args.file)
        for place in below_top(manifest):
            line = (
                f"note: python {args.file} finds the modules of {place}, but PYTHONPATH={args.file} does not"
            )
            print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
        if below_top(manifest):
            print("hint: if an engine imports from the zip, record with --layout flat", file=sys.stderr)
    warn_if_incomplete(manifest)
    content = f"{counted(done.files, 'file')}, {counted(done.content_size, 'byte')}"
    print(f"Packed {content} into {done.path}: {counted(done.size, 'byte')}")
    return 0


def _refreshed(manifest: Manifest, path: str) -> Manifest:
    """The manifest with the present files, also in its file if any were changed, added or removed."""
    from automount.manifest import dumps
    from automount.refreshing import LEFT_OUT, left_out, refresh

    fresh = refresh(manifest)
    for local in left_out(manifest, fresh):
        line = f"note: {LEFT_OUT}: {local}"
        print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
    if fresh != manifest:
        write_bytes(path, dumps(fresh), manifest_mode(fresh))
    return fresh


def _warn_of_limits(limits: tuple[str, ...], file: str) -> None:
    """Explains on stderr why `python FILE.zip` and `PYTHONPATH=FILE.zip` will not work, and what will."""
    for limit in limits:
        line = f"warning: {limit}"
        print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
    if limits:
        pyz = file.removesuffix(".zip") + ".pyz"
        print(f"hint: unpack the zip before it is used, or run: automount pack {pyz}", file=sys.stderr)
