"""A sentence is one message id, for all amounts and dates in it."""

from datetime import date

from goodword.domain.localized_text import LocalizedText
from goodword.domain.money import Money
from goodword.messages.sentence import Sentence, in_turn, phrase, say


def test_a_sentence_says_amounts_and_days_in_english():
    result = say("%(amount)s posts on %(day)s.", amount=Money(5000, "USD"), day=date(2027, 3, 7))
    assert str(result) == "50.00 USD posts on 7 March 2027."
    assert result.text == "%(amount)s posts on %(day)s."


def test_a_sentence_without_placeholders_keeps_all_its_characters():
    assert str(Sentence("100% of it")) == "100% of it"


def test_a_programs_own_text_falls_back_to_its_own_language():
    once = LocalizedText("they attend a demo", {"es": "asistan a una demostración"})
    assert (str(once), once.in_locale("es"), once.in_locale("fr")) == (
        "they attend a demo",
        "asistan a una demostración",
        "they attend a demo",
    )
    assert str(say("Once %(condition)s.", condition=once)) == "Once they attend a demo."


def test_sentences_in_sequence_are_joined_and_one_is_unchanged():
    one, other = (
        say("100% of it."),
        say("%(amount)s came off an invoice.", amount=Money(5000, "USD")),
    )
    assert in_turn(one) is one
    assert str(in_turn(one, other)) == "100% of it. 50.00 USD came off an invoice."


def test_a_text_that_is_marked_for_the_catalogues_stays_itself():
    assert phrase("name") == "name"
