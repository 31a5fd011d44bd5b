"""WhatsApp's marks in a page of ours."""

import pytest

from conversations.templatetags.whatsapp_marks import whatsapp_marks

pytestmark = pytest.mark.anywhere


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*Mazda 3* a _buen_ ~mal~ precio", "<strong>Mazda 3</strong> a <em>buen</em> <s>mal</s> precio"),
        ("*_los dos_*", "<strong><em>los dos</em></strong>"),
        ("*$253,500*.", "<strong>$253,500</strong>."),
        ("2*3*4 snake_case_name ~", "2*3*4 snake_case_name ~"),
        ("* punto\n* punto", "* punto\n* punto"),
        ("*a _b* c_", "<strong>a _b</strong> c_"),
        ("*una\nlinea*", "*una\nlinea*"),
    ],
)
def test_marks_are_shown_as_on_a_phone(written: str, shown: str) -> None:
    assert whatsapp_marks(written) == shown


def test_what_is_marked_is_never_markup() -> None:
    assert whatsapp_marks("*<script>alert('_1_')</script>*") == (
        "<strong>&lt;script&gt;alert(&#x27;<em>1</em>&#x27;)&lt;/script&gt;</strong>"
    )


def test_a_message_full_of_marks_is_shown_at_once() -> None:
    text = "*a _b ~c " * 20_000
    assert len(whatsapp_marks(text)) == len(text)
