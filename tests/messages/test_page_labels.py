"""Labels of pages and of the console are plain sentences with all their values."""

from datetime import date

import pytest

from goodword.messages import console_labels, page_labels
from goodword.messages.sentence import Sentence

LABELS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in (page_labels, console_labels)
    for name, value in vars(module).items()
    if isinstance(value, Sentence)
}


def test_labels_are_found():
    assert len(LABELS) > 150


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_a_label_is_complete_text_without_values(label):
    text = str(label)
    assert text
    assert text == text.strip()
    assert "%(" not in text


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        (page_labels.too_long(60), "Please enter at most 60 characters."),
        (page_labels.shorten_story(600), "Please shorten your story to 600 characters."),
        (
            page_labels.story_help(600),
            "Best with one number: what was it before, what is it now? At most 600 characters.",
        ),
        (page_labels.expected_invoice(date(2027, 3, 1)), "the invoice expected on 1 March 2027"),
    ],
)
def test_a_sentence_has_its_number_or_day(sentence, text):
    assert str(sentence) == text
