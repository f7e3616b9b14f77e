"""The colors of a brand are such that everybody can read what stands on them."""

import pytest

from goodword.domain.programs.brand import Brand, check_brand, contrast


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#1d4f91", "#ffffff", 8.1),
    ],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.05)
    assert contrast(other, one) == contrast(one, other)


def test_a_brand_with_a_picture_inside_is_taken():
    brand = Brand("Peers", "#1d4f91", "data:image/svg+xml;base64,PHN2Zy8+")
    assert check_brand(brand) is brand
