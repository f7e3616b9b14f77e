"""Compile every Jinja2 template to Python, for the layer's Makefile; not deployed.

templates.py FOLDER: where the modules go, such as goodword/pages/written

Otherwise Jinja2 would read, parse and compile a page's templates for the first reader in each
process, which is a third of that process's start. The compiled code is the same in every language.
"""

from __future__ import annotations

import sys
from pathlib import Path


def write(folder: Path) -> None:
    """Write one module for each template; raise Jinja2's error for an invalid one."""
    from goodword.pages.render import environment

    folder.mkdir(parents=True, exist_ok=True)
    environment("en").compile_templates(folder, zip=None, ignore_errors=False)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.dont_write_bytecode = True
    write(Path(sys.argv[1]))
