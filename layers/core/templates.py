"""Write every template as the Python that Jinja2 makes of it: for the layer's Makefile, never shipped.

    templates.py FOLDER: where the modules go, such as goodword/pages/written

Jinja2 would read, parse and compile a page's templates for its first reader in each process, which
is a third of what that process takes to start. What it makes of them is the same in every language.
"""

from __future__ import annotations

import sys
from pathlib import Path


def write(folder: Path) -> None:
    """Write one module for each template; raise Jinja2's error for one that cannot be read."""
    from goodword.pages.render import environment

    folder.mkdir(parents=True, exist_ok=True)
    environment("en").compile_templates(folder, zip=None, ignore_errors=False)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.dont_write_bytecode = True
    write(Path(sys.argv[1]))
