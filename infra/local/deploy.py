"""Deploy the built template to the local cloud, as `sam deploy` does to AWS.

It packages, uploads and creates. The template is SAM's build, and the cloud applies SAM's own
transform to it. The change sets and waiting of `sam deploy` take several times as long, and have no
use with an empty cloud.
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.bytecode import copy_with_bytecode
from infra.local.cloud import Cloud, CloudError
from infra.local.template import Template, load_template

BUCKET = "goodword-artifacts"
DEPLOY_SECONDS = 120.0


def deploy(
    cloud: Cloud, built: Path, stack: str, parameters: Mapping[str, str], kept: Path
) -> dict[str, str]:
    """Create the stack from a built template and return its outputs; raise CloudError if it fails.

    kept: a folder in which compiled copies of the layers stay between starts.
    """
    store = cloud.client("s3")
    store.create_bucket(Bucket=BUCKET)
    url = _Packager(cloud, store, kept).upload_template(built)
    formation = cloud.client("cloudformation")
    formation.create_stack(
        StackName=stack,
        TemplateURL=url,
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    return _await_stack(formation, stack)


def physical_names(cloud: Cloud, stack: str) -> dict[str, str]:
    """Return the physical id of every resource of the stack, by logical id."""
    pages = (
        cloud.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=stack)
    )
    return {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for page in pages
        for resource in page["StackResourceSummaries"]
    }


class _Packager:
    """Uploads the local files of a template, and returns the template with their addresses."""

    def __init__(self, cloud: Cloud, store: Any, kept: Path) -> None:
        self._cloud = cloud
        self._store = store
        self._kept = kept

    def upload_template(self, path: Path) -> str:
        body = json.dumps(self._package(load_template(path), path.parent)).encode()
        return f"{self._cloud.endpoint}/{BUCKET}/{self._put(body, 'template')}"

    def _package(self, template: Template, folder: Path) -> Template:
        packaged = copy.deepcopy(template)
        for name, resource in packaged["Resources"].items():
            properties = resource.get("Properties", {})
            match resource["Type"]:
                case "AWS::Serverless::Function":
                    properties["CodeUri"] = self._upload(zip_folder(folder / properties["CodeUri"]))
                case "AWS::Serverless::LayerVersion":
                    kept = self._kept / name
                    copy_with_bytecode(folder / properties["ContentUri"], kept)
                    properties["ContentUri"] = self._upload(zip_link(kept / "python"))
                case "AWS::CloudFormation::Stack":
                    properties["TemplateURL"] = self.upload_template(
                        folder / properties["TemplateURL"]
                    )
        return packaged

    def _upload(self, archive: bytes) -> str:
        return f"s3://{BUCKET}/{self._put(archive, 'zip')}"

    def _put(self, body: bytes, suffix: str) -> str:
        key = f"{hashlib.sha256(body).hexdigest()[:32]}.{suffix}"
        self._store.put_object(Bucket=BUCKET, Key=key, Body=body)
        return key


def zip_folder(folder: Path) -> bytes:
    """Zip a folder, with the same bytes for the same content; raise CloudError if it is empty."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    if not files:
        raise CloudError(f"There is nothing to deploy in {folder}")
    return _zip({str(path.relative_to(folder)): path.read_bytes() for path in files})


def zip_link(packages: Path) -> bytes:
    """Zip a layer that only points to its packages on this machine.

    Ministack unpacks a function's layers again for each worker: three thousand small files, which
    takes seconds on a slow disk. It treats a layer's site-packages as Python does, so a .pth file
    there can put the folder first.
    """
    line = f"import sys; sys.path.insert(0, {str(packages)!r})\n"
    return _zip({"python/lib/python3/site-packages/layer.pth": line.encode()})


def _zip(files: Mapping[str, bytes]) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # An explicit ZipInfo has a fixed date; a name alone would have the present one.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stored.getvalue()


def _await_stack(formation: Any, stack: str) -> dict[str, str]:
    deadline = time.monotonic() + DEPLOY_SECONDS
    while time.monotonic() < deadline:
        state = formation.describe_stacks(StackName=stack)["Stacks"][0]
        if state["StackStatus"] == "CREATE_COMPLETE":
            return {
                output["OutputKey"]: output["OutputValue"] for output in state.get("Outputs", [])
            }
        if not state["StackStatus"].endswith("_IN_PROGRESS") or "ROLLBACK" in state["StackStatus"]:
            raise CloudError(f"The stack could not be created: {_first_failure(formation, stack)}")
        time.sleep(0.1)
    raise CloudError(f"The stack was not there after {DEPLOY_SECONDS:.0f} s")


def _first_failure(formation: Any, stack: str) -> str:
    pages = formation.get_paginator("describe_stack_events").paginate(StackName=stack)
    failed = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"].endswith("FAILED")
    ]
    return failed[-1] if failed else "no reason given"
