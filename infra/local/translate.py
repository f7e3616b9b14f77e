"""Translate template.yaml into SAM's CloudFormation, for checkers that do not know SAM.

The roles, routes and event sources exist only after the translation. AWS is not called.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from infra.local.template import Template, load_template, resources_of

# The translator needs a region, and whether code is uploaded; neither changes the result for the
# checkers.
REGION = "us-east-1"
UPLOADED = "s3://bucket/key"
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def translate(template: Template) -> dict[str, Any]:
    """Return the CloudFormation template that SAM makes of a template.

    Raises ValueError if it fails.
    """
    for kind, place in CODE.items():
        for properties in resources_of(template, kind).values():
            properties[place] = UPLOADED
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    try:
        translated = Translator({}, Parser()).translate(template, {})
    except Exception as error:
        raise ValueError(f"SAM cannot translate the template: {error}") from error
    return dict(translated)


def main() -> None:
    """Write templates to a folder as JSON, translated from SAM: translate FOLDER TEMPLATE…"""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for path in map(Path, sys.argv[2:]):
        template = load_template(path)
        made = translate(template) if "Transform" in template else template
        (folder / f"{path.stem}.json").write_text(json.dumps(made, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
