"""The stylesheet and the script, over HTTP."""

from goodword.pages.assets import asset_path


def test_a_browser_keeps_an_asset_for_good(cloud):
    for path in (asset_path("css", "#123456"), asset_path("js")):
        answer = cloud.send("GET", path)
        assert answer.status == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_other_file_can_be_had(cloud):
    assert cloud.send("GET", "/assets/render.py").status == 404
