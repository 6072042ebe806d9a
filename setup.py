"""Builds what the repository does not hold: browser assets and compiled translations.

The assets come out of packages that are installed for the build only and thrown away after it.
"""

import shutil
from importlib.metadata import distribution
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
VENDOR = HERE / "crm" / "panel" / "static" / "vendor"
# Distribution, the end of a file's path in it, and our name for it.
ASSETS = (
    ("sqladmin", "statics/css/tabler.min.css", "tabler.min.css"),
    ("sqladmin", "statics/js/tabler.min.js", "tabler.min.js"),
    ("django-htmx", "static/django_htmx/htmx-2.min.js", "htmx.min.js"),
)
NOTICE = """\
tabler.min.css, tabler.min.js
    Tabler 1.4: Copyright 2018-2025 The Tabler Authors, codecalm.net Pawel Kuna
    with Bootstrap 5.3: Copyright 2011-2025 The Bootstrap Authors
    both under the MIT licence, below

htmx.min.js
    htmx 2.0: Copyright Big Sky Software and contributors
    under the Zero-Clause BSD licence: Permission to use, copy, modify, and/or distribute this
    software for any purpose with or without fee is hereby granted. THE SOFTWARE IS PROVIDED "AS
    IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
    WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY
    SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
    LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS
    ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.

The MIT licence:

"""


class Build(build_py):
    """Brings assets and translations into the source tree, then builds as usual."""

    def run(self):
        """Run before the files of the packages are gathered."""
        copy_assets()
        compile_translations()
        super().run()


def copy_assets():
    """Copy the browser assets and their licences."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    for package, ending, name in ASSETS:
        shutil.copyfile(find(package, ending), VENDOR / name)
    permission = (HERE / "LICENSE").read_text(encoding="utf-8").partition("Permission")
    (VENDOR / "LICENSES.txt").write_text(NOTICE + "".join(permission[1:]), encoding="utf-8")


def find(package, ending):
    """Find one file of an installed distribution without importing it."""
    found = distribution(package)
    matches = [file for file in found.files or () if str(file).endswith(ending)]
    if len(matches) != 1:
        raise SystemExit(f"{package} {found.version} has {len(matches)} files named …{ending}")
    return matches[0].locate()


def compile_translations():
    """Compile every catalogue beside its source."""
    for source in sorted((HERE / "crm" / "translations").glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file)
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


setup(
    cmdclass={"build_py": Build},
    packages=[
        *find_packages(include=["crm", "crm.*"]),
        "crm_migrations",
        "crm_migrations.versions",
    ],
    package_dir={"crm_migrations": "migrations"},
)
